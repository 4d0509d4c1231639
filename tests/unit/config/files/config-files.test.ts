import { mkdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { ConfigFilesOnDisk } from '../../../../lib/config/files/config-files.js'

/** Long enough ago for the time stamps to be trusted. */
const longAgo = new Date('2020-01-01T00:00:00Z')

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
  const { files, top } = openFiles(t)
  const path = `${top}/__default__`
  writeFileSync(path, 'GREYLISTTIME=1')
  utimesSync(path, longAgo, longAgo)
  // The change time cannot be set back, so the file counts as fresh until it has aged.
  await new Promise((resolve) => setTimeout(resolve, 2_100))
  t.same(files.readValues('__default__'), { greylistTime: 1 })
  const { atimeNs } = statSync(path, { bigint: true })
  utimesSync(path, longAgo, longAgo)
  await new Promise((resolve) => setTimeout(resolve, 2_100))
  files.readValues('__default__')
  const read = statSync(path, { bigint: true }).atimeNs
  files.readValues('__default__')
  t.equal(statSync(path, { bigint: true }).atimeNs, read)
  t.ok(atimeNs > 0n)
})

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

t.test('a directory is no file, and what is neither is said', async (t) => {
  const { files, top, lines } = openFiles(t)
  mkdirSync(`${top}/a`)
  t.equal(files.hasDirectory('a'), true)
  t.equal(files.hasDirectory('b'), false)
  t.equal(files.readValues('a'), undefined)
  symlinkSync('/dev/null', `${top}/null`)
  t.equal(files.readValues('null'), undefined)
  t.same(lines, [`warning config: ${top}/null: cannot read it: expected a file`])
})

t.test('a name that no file can have is absent', async (t) => {
  const { files, lines } = openFiles(t)
  t.equal(files.readValues(`envelope_sender/${'x'.repeat(300)}/__default__`), undefined)
  t.equal(files.hasDirectory('x/'.repeat(5_000)), false)
  t.same(lines, [])
})
