import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { ConfigFilesOnDisk } from '../../../../lib/config/files/config-files.js'

function openFiles(t: Test): { files: ConfigFilesOnDisk; top: string; lines: string[] } {
  const top = t.testdir()
  const lines: string[] = []
  return {
    files: new ConfigFilesOnDisk(top, (severity, line) => lines.push(`${severity} ${line}`)),
    top,
    lines,
  }
}

t.test('an edit counts from the next request on', async (t) => {
  const { files, top } = openFiles(t)
  t.equal(files.readValues('__default__'), undefined, 'absent files are normal')
  writeFileSync(`${top}/__default__`, 'GREYLISTTIME=1')
  t.same(files.readValues('__default__'), { greylistTime: 1 })
  writeFileSync(`${top}/__default__`, 'GREYLISTTIME=2')
  t.same(files.readValues('__default__'), { greylistTime: 2 }, 'even at once and with the same size')
  rmSync(`${top}/__default__`)
  t.equal(files.readValues('__default__'), undefined)
})

t.test('an unchanged file is not read again', async (t) => {
  const { top } = openFiles(t)
  let now = Date.now()
  const files = new ConfigFilesOnDisk(
    top,
    () => undefined,
    () => now,
  )
  const comment = `# ${'x'.repeat(50_000)}\n`
  writeFileSync(`${top}/__default__`, `GREYLISTTIME=1\n${comment}`)
  const readBytes = (): number => {
    const before = bytesReadSoFar()
    t.same(files.readValues('__default__'), { greylistTime: 1 })
    return bytesReadSoFar() - before
  }
  t.ok(readBytes() > comment.length, 'it is read')
  t.ok(readBytes() > comment.length, 'and again while another edit might leave the same time stamps')
  now += 3_000
  t.ok(readBytes() > comment.length, 'and once when it has aged')
  t.ok(readBytes() < comment.length)
})

/** How many bytes this process has read, in whatever way. */
function bytesReadSoFar(): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1])
}

t.test('a bad line is logged once for each change of the file', async (t) => {
  const { files, top, lines } = openFiles(t)
  writeFileSync(`${top}/__default__`, 'GREYLISTTIME=x\nSPFSEEDONLY=1')
  for (let request = 0; request < 3; request += 1)
    t.same(files.readValues('__default__'), { spfSeedOnly: true })
  const error = (value: string): string =>
    `warning config: ${top}/__default__:1: GREYLISTTIME: expected whole seconds from 0 to 86400, got "${value}"`
  t.same(lines, [error('x')])
  writeFileSync(`${top}/__default__`, 'GREYLISTTIME=y')
  files.readValues('__default__')
  t.same(lines, [error('x'), error('y')])
})

t.test('a directory is not a file, and anything else is reported', async (t) => {
  const { files, top, lines } = openFiles(t)
  mkdirSync(`${top}/a`)
  t.equal(files.hasDirectory('a'), true)
  t.equal(files.hasDirectory('b'), false)
  t.equal(files.readValues('a'), undefined)
  symlinkSync('/dev/null', `${top}/null`)
  t.equal(files.readValues('null'), undefined)
  t.same(lines, [`warning config: ${top}/null: cannot be read: expected a file`])
})

t.test('a name that no file can have is absent', async (t) => {
  const { files, lines } = openFiles(t)
  t.equal(files.readValues(`envelope_sender/${'x'.repeat(300)}/__default__`), undefined)
  t.equal(files.hasDirectory('x/'.repeat(5_000)), false)
  t.same(lines, [])
})
