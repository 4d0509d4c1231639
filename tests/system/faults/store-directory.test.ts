// A data directory that is missing, not to be written, somebody else's, a file, or removed while it is in use: each
// request gets the answer that is configured, and the same process uses the directory as soon as it can.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { askUntilShared } from '../../helpers/ask-until-shared.js'
import { PolicyProcess } from '../../helpers/policy-process.js'
import { copyProgram } from '../../helpers/program-copy.js'
import { greylisted, sampleRequest } from '../../helpers/sample-request.js'

const nobody = { uid: 65_534, gid: 65_534 }
const rootLack = process.getuid?.() === 0 ? false : 'only root can start a process as another user'
const answers = { dunno: 'dunno', defer: 'defer_if_permit Service unavailable, try again later.' } as const

/** A place for data directories that all can reach. */
function newPlace(t: Pick<Test, 'teardown'>): string {
  const place = mkdtempSync(join(tmpdir(), 'tumgreyspf-directory-'))
  chmodSync(place, 0o755)
  t.teardown(() => {
    rmSync(place, { recursive: true, force: true })
  })
  return place
}

interface Fault {
  readonly title: string
  /** Spoils the directory. */
  readonly make: (directory: string) => void
  readonly mend: (directory: string) => void
  readonly cause: string
}

const faults: readonly Fault[] = [
  {
    title: 'not to be written',
    make: (directory) => {
      mkdirSync(directory)
      chownSync(directory, nobody.uid, nobody.gid)
      chmodSync(directory, 0o500)
    },
    mend: (directory) => {
      chmodSync(directory, 0o700)
    },
    cause: 'permission denied',
  },
  {
    title: "another user's",
    make: (directory) => {
      mkdirSync(directory, { mode: 0o700 })
    },
    mend: (directory) => {
      chownSync(directory, nobody.uid, nobody.gid)
    },
    cause: 'permission denied',
  },
  {
    title: 'absent, and not to be made',
    make: () => undefined,
    mend: (directory) => {
      mkdirSync(directory)
      chownSync(directory, nobody.uid, nobody.gid)
    },
    cause: 'permission denied',
  },
  {
    title: 'a file',
    make: (directory) => {
      writeFileSync(directory, '')
    },
    mend: (directory) => {
      rmSync(directory)
      mkdirSync(directory)
      chownSync(directory, nobody.uid, nobody.gid)
    },
    // Node 24 takes a path below a file for one that does not exist.
    cause: '(?:not a directory|expected a directory, found a file)',
  },
  {
    title: 'one with a pipe in it in place of the file',
    make: (directory) => {
      mkdirSync(directory)
      spawnSync('mkfifo', [join(directory, 'tumgreyspf.db')])
      for (const path of [directory, join(directory, 'tumgreyspf.db')])
        chownSync(path, nobody.uid, nobody.gid)
    },
    mend: (directory) => {
      rmSync(join(directory, 'tumgreyspf.db'))
    },
    cause: 'expected a regular file',
  },
]

t.test('a policy process of an ordinary user', { skip: rootLack }, async (t) => {
  const command = copyProgram(newPlace(t))
  for (const { title, make, mend, cause } of faults)
    for (const action of ['dunno', 'defer'] as const)
      t.test(`a data directory that is ${title} is answered with ${action}`, async (t) => {
        const directory = join(newPlace(t), 'data')
        make(directory)
        const policy = await PolicyProcess.startFor(t, {
          command,
          user: nobody,
          settings: `dbUrl = 'sqlite://${directory}/tumgreyspf.db'\nstoreErrorAction = '${action}'`,
        })
        for (let count = 0; count < 3; count += 1) t.equal(await policy.ask(sampleRequest), answers[action])
        const line = await policy.waitForLine(
          new RegExp(`^store: cannot .* in ${directory}/tumgreyspf.db: .*${cause} \\(`),
        )
        t.equal(line.priority, 19, 'facility mail, severity error')
        mend(directory)
        t.equal(await policy.ask(sampleRequest), greylisted, 'without a restart')
        t.same(await policy.end(), { status: 0, signal: null })
        t.equal(policy.received, `action=${answers[action]}\n\n`.repeat(3) + `action=${greylisted}\n\n`)
        t.equal(statSync(join(directory, 'tumgreyspf.db')).uid, nobody.uid)
      })
})

for (const [title, make] of Object.entries<(path: string) => void>({
  'a directory': (path) => {
    mkdirSync(path)
  },
  'a pipe': (path) => {
    spawnSync('mkfifo', [path])
  },
  'a device': (path) => {
    spawnSync('mknod', [path, 'c', '1', '3'])
  },
  'a link to a directory': (path) => {
    symlinkSync('/tmp', path)
  },
  'a link that leads nowhere': (path) => {
    symlinkSync('nowhere/at/all', path)
  },
}))
  for (const suffix of ['', '-wal', '-shm', '-lock'])
    t.test(`tumgreyspf.db${suffix} is ${title}`, { skip: rootLack }, async (t) => {
      const directory = join(newPlace(t), 'data')
      mkdirSync(directory)
      const path = join(directory, 'tumgreyspf.db')
      make(`${path}${suffix}`)
      const policy = await PolicyProcess.startFor(t, {
        settings: `dbUrl = 'sqlite://${path}'\nstoreErrorAction = 'defer'`,
      })
      t.equal(await policy.ask(sampleRequest), answers.defer)
      await policy.waitForLine(/^store: cannot .* \(the mail is deferred\)$/)
      rmSync(`${path}${suffix}`, { recursive: true })
      t.equal(await policy.ask(sampleRequest), greylisted, 'without a restart')
      t.same(await policy.end(), { status: 0, signal: null })
    })

t.test('side files that cannot be written, and a link that leads nowhere', { skip: rootLack }, async (t) => {
  const command = copyProgram(newPlace(t))
  for (const suffix of ['', '-wal', '-shm']) {
    const directory = join(newPlace(t), 'data')
    mkdirSync(directory)
    chownSync(directory, nobody.uid, nobody.gid)
    const path = join(directory, 'tumgreyspf.db')
    const settings = `dbUrl = 'sqlite://${path}'\nstoreErrorAction = 'defer'`
    const first = await PolicyProcess.startFor(t, { command, user: nobody, settings })
    t.equal(await first.ask(sampleRequest), greylisted)
    t.same(await first.end(), { status: 0, signal: null })
    chmodSync(`${path}${suffix}`, 0o400)
    const policy = await PolicyProcess.startFor(t, { command, user: nobody, settings })
    t.equal(await policy.ask(sampleRequest), answers.defer, `${suffix} is read-only`)
    chmodSync(`${path}${suffix}`, 0o600)
    t.equal(await policy.ask(sampleRequest), greylisted, 'without a restart')
    t.same(await policy.end(), { status: 0, signal: null })
  }
  const directory = join(newPlace(t), 'data')
  mkdirSync(directory)
  symlinkSync('nowhere/at/all', join(directory, 'tumgreyspf.db'))
  const policy = await PolicyProcess.startFor(t, {
    settings: `dbUrl = 'sqlite://${directory}/tumgreyspf.db'\nstoreErrorAction = 'defer'`,
  })
  t.equal(await policy.ask(sampleRequest), answers.defer)
  t.same(await policy.end(), { status: 0, signal: null })
})

t.test('a path under /proc that cannot be', async (t) => {
  const policy = await PolicyProcess.startFor(t, {
    settings: "dbUrl = 'sqlite:///proc/nonexistent/x/tumgreyspf.db'\nstoreErrorAction = 'defer'",
  })
  t.equal(await policy.ask(sampleRequest), answers.defer)
  t.same(await policy.end(), { status: 0, signal: null })
})

t.test('a file system that is read-only', { skip: rootLack }, async (t) => {
  const place = newPlace(t)
  const run = (command: string, ...words: readonly string[]): void => {
    t.equal(spawnSync(command, words).status, 0, [command, ...words].join(' '))
  }
  run('mount', '-t', 'tmpfs', '-o', 'ro', 'tmpfs', place)
  t.teardown(() => spawnSync('umount', ['-l', place]))
  const policy = await PolicyProcess.startFor(t, {
    settings: `dbUrl = 'sqlite://${place}/data/tumgreyspf.db'\nstoreErrorAction = 'defer'`,
  })
  t.equal(await policy.ask(sampleRequest), answers.defer)
  await policy.waitForLine(/^store: cannot .*: read-only file system \(the mail is deferred\)$/)
  run('mount', '-o', 'remount,rw', place)
  t.equal(await policy.ask(sampleRequest), greylisted)
  t.same(await policy.end(), { status: 0, signal: null })
})

t.test('a data directory that is missing is made, with its parents', async (t) => {
  const directory = join(newPlace(t), 'not/yet/data')
  const policy = await PolicyProcess.startFor(t, {
    settings: `dbUrl = 'sqlite://${directory}/tumgreyspf.db'`,
  })
  t.equal(await policy.ask(sampleRequest), greylisted)
  t.equal(statSync(directory).mode & 0o777, 0o700)
  t.same(await policy.end(), { status: 0, signal: null })
  t.notMatch(policy.logMessages.join('\n'), 'store:')
})

t.test('a data directory that is removed while two processes use it is made again', async (t) => {
  const directory = join(newPlace(t), 'data')
  const settings = `dbUrl = 'sqlite://${directory}/tumgreyspf.db'\nstoreErrorAction = 'defer'`
  const processes = [
    await PolicyProcess.startFor(t, { settings }),
    await PolicyProcess.startFor(t, { settings }),
  ]
  for (const policy of processes) t.equal(await policy.ask(sampleRequest), greylisted)
  rmSync(directory, { recursive: true })
  for (let count = 0; count < 200; count += 1)
    for (const policy of processes) {
      const sender = `${String(count)}@example.net`
      t.equal(await policy.ask({ ...sampleRequest, sender }), greylisted)
    }
  // They look once a second.
  while (!existsSync(join(directory, 'tumgreyspf.db')))
    for (const policy of processes) await policy.ask(sampleRequest)
  for (const action of await askUntilShared(processes)) t.equal(action, greylisted)
  for (const policy of processes) t.equal(await policy.ask(sampleRequest), greylisted)
  for (const policy of processes) t.equal(await policy.ask(sampleRequest), greylisted)
  for (const policy of processes) t.same(await policy.end(), { status: 0, signal: null })
})
