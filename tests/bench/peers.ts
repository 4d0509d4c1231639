// What else administrators use, as Debian packages it, for comparison in the same run.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { userInfo } from 'node:os'
import { makeTemporaryDirectory, removeTemporaryDirectory, watchProcess } from './cleanup.js'
import { connectTo } from './session-socket.js'
import { endProcess, spawnedSubject, type Installation, type Subject } from './subject.js'

const postgreyFile = '/usr/sbin/postgrey'
const policydSpfFile = '/usr/bin/policyd-spf'

/** A peer, or why it cannot be measured. */
export type Peer = Subject | { readonly name: string; readonly missing: string }

/** postgrey: one daemon in Perl for all connections, with Berkeley DB. */
export function postgrey(): Peer {
  if (!existsSync(postgreyFile)) return { name: 'postgrey', missing: 'apt-get install postgrey' }
  return {
    name: 'postgrey',
    answers: {
      toNew: ['action=DEFER_IF_PERMIT '],
      toKnown: ['action=PREPEND X-Greylist: delayed ', 'action=DUNNO\n\n'],
    },
    // Its shortest delay that is one, and a second for its clock's whole seconds.
    pauseSeconds: 2,
    isDaemon: true,
    install: startPostgrey,
  }
}

/** postfix-policyd-spf-python: one process for each connection, as ours. Its answer here needs no DNS. */
export function policydSpf(): Peer {
  if (!existsSync(policydSpfFile))
    return { name: 'policyd-spf', missing: 'apt-get install postfix-policyd-spf-python' }
  const answer = ['action=']
  const subject = spawnedSubject({
    name: 'policyd-spf',
    answers: { toNew: answer, toKnown: answer },
    command: () => [policydSpfFile],
  })
  return { ...subject, isOnlyStarted: true }
}

async function startPostgrey(): Promise<Installation> {
  const directory = makeTemporaryDirectory()
  const path = join(directory, 'socket')
  const { username } = userInfo()
  const child = spawn(
    postgreyFile,
    [
      `--unix=${path}`,
      `--dbdir=${directory}`,
      '--delay=1',
      '--auto-whitelist-clients=0',
      // Debian's list holds networks that the load has clients in.
      '--whitelist-clients=/dev/null',
      `--user=${username}`,
      `--group=${username}`,
    ],
    { stdio: 'ignore' },
  )
  watchProcess(child)
  for (let tries = 0; !existsSync(path); tries += 1) {
    if (tries === 200 || child.exitCode !== null) throw new Error('postgrey does not start')
    await sleep(50)
  }
  return {
    connect: async () => ({
      socket: await connectTo(path),
      pid: child.pid ?? 0,
      ended: () => Promise.resolve(),
    }),
    close: async () => {
      await endProcess(child)
      removeTemporaryDirectory(directory)
    },
  }
}
