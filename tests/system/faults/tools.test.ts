// The tools with a store that is damaged or cannot be used: one clear line, exit status 1, and nothing is changed.
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import t, { type Test } from 'tap'
import { useQuickPostconf } from '../../helpers/quick-postconf.js'
import { agedEntry, makeSettings, runProgram } from '../../helpers/run-program.js'

useQuickPostconf(t)

const pageLength = 4_096
const day = 86_400
const entries = Array.from({ length: 500 }, (_, index) =>
  agedEntry('192.0.2.7', `${String(index)}@example.net`, day),
)

const tools: readonly (readonly [name: string, words: (settings: string) => readonly string[]])[] = [
  ['tumgreyspf-stat', (settings) => ['-c', settings]],
  ['tumgreyspf-stat', (settings) => ['-c', settings, '--summary']],
  ['tumgreyspf-clean', (settings) => ['-c', settings]],
  ['tumgreyspf-whitelist', (settings) => ['-c', settings, 'add', 'spf', '192.0.2.0/24']],
  ['tumgreyspf-whitelist', (settings) => ['-c', settings, 'remove', 'greylist', '192.0.2.0/24']],
  ['tumgreyspf-whitelist', (settings) => ['-c', settings, 'list', 'greylist']],
  ['tumgreyspf-blackhole', (settings) => ['-c', settings, 'add', 'address', 'trap@example.org']],
  ['tumgreyspf-blackhole', (settings) => ['-c', settings, 'list', 'ip']],
]

const damaged = (directory: string, what: string): RegExp =>
  new RegExp(
    `^(?:tumgreyspf-\\w+: )?store: cannot [^\n]* in ${directory}/tumgreyspf\\.db: (?:${what})(?:; it is damaged: move it and its -wal file away, and import a backup)?\n$`,
  )

const faults: readonly {
  readonly title: string
  readonly make: (directory: string) => void
  readonly said: (directory: string) => RegExp
}[] = [
  {
    title: 'garbage',
    make: (directory) => {
      writeFileSync(`${directory}/tumgreyspf.db`, Buffer.alloc(50_000, 'garbage'))
    },
    said: (directory) => damaged(directory, 'file is not a database'),
  },
  {
    title: 'all zero',
    make: (directory) => {
      writeFileSync(`${directory}/tumgreyspf.db`, Buffer.alloc(50_000))
    },
    said: (directory) => damaged(directory, 'file is not a database'),
  },
  {
    title: 'partly cut off',
    make: (directory) => {
      truncateSync(`${directory}/tumgreyspf.db`, 4 * pageLength)
    },
    said: (directory) => damaged(directory, '[^\\n]*malformed[^\\n]*|damaged: [^\\n]*'),
  },
  {
    title: 'partly overwritten',
    make: (directory) => {
      const bytes = readFileSync(`${directory}/tumgreyspf.db`)
      bytes.fill(0xff, 2 * pageLength + 24)
      writeFileSync(`${directory}/tumgreyspf.db`, bytes)
    },
    said: (directory) => damaged(directory, '[^\\n]*malformed[^\\n]*|damaged: [^\\n]*'),
  },
  {
    title: 'a file in place of the directory',
    make: (directory) => {
      rmSync(directory, { recursive: true })
      writeFileSync(directory, '')
    },
    said: (directory) =>
      new RegExp(
        `^(?:tumgreyspf-\\w+: )?store: cannot [^\\n]*${directory}/tumgreyspf\\.db: (?:expected a directory, found a file|not a directory)\n$`,
      ),
  },
  {
    title: 'no directory',
    make: (directory) => {
      rmSync(directory, { recursive: true })
    },
    said: (directory) =>
      new RegExp(
        `^(?:tumgreyspf-\\w+: )?store: cannot open ${directory}/tumgreyspf\\.db: no such file or directory\n$`,
      ),
  },
]

async function makeFaultyStore(
  t: Test,
  make: (directory: string) => void,
): Promise<{ settings: string; directory: string }> {
  const { settings, directory } = await makeSettings(t, entries)
  make(`${directory}/data`)
  return { settings, directory: `${directory}/data` }
}

for (const { title, make, said } of faults)
  t.test(`a store that is ${title}`, async (t) => {
    for (const [name, words] of tools) {
      const { settings, directory } = await makeFaultyStore(t, make)
      const { status, stdout, stderr } = runProgram(name, words(settings))
      const call = words('FILE').join(' ')
      t.equal(status, 1, `${name} ${call}`)
      t.equal(stdout, '', `${name} ${call}`)
      t.match(stderr, said(directory), `${name} ${call}`)
    }
    const { settings, directory } = await makeFaultyStore(t, make)
    const postfix = dirname(directory)
    writeFileSync(`${postfix}/main.cf`, 'compatibility_level = 3.6\n')
    writeFileSync(`${postfix}/master.cf`, '')
    const words = ['--postfix', postfix, settings]
    const { status, stdout } = runProgram('tumgreyspf-configtest', words)
    t.equal(status, 1)
    const line = stdout.split('\n').find((text) => text.startsWith('error    store: '))
    t.match(`${(line ?? '').slice(9)}\n`, said(directory), 'tumgreyspf-configtest')
  })

for (const end of ['from', 'into'] as const)
  t.test(`a damaged store to import ${end}`, async (t) => {
    const { settings, directory } = await makeSettings(t, entries)
    cpSync(`${directory}/data`, `${directory}/other`, { recursive: true })
    const broken = `${directory}/${end === 'from' ? 'other' : 'data'}`
    const bytes = readFileSync(`${broken}/tumgreyspf.db`)
    writeFileSync(`${broken}/tumgreyspf.db`, bytes.fill(0xff, 2 * pageLength + 24))
    const words = ['-c', settings, '--from', `sqlite://${directory}/other/tumgreyspf.db`]
    const { status, stderr } = runProgram('tumgreyspf-import', words)
    t.equal(status, 1)
    t.match(stderr, damaged(broken, 'database disk image is malformed'))
  })
