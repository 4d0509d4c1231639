// The floor and this project's program with its checkers and stores, installed as an administrator would have them.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { greylistAnswers, type Answers } from './answers.js'
import { spawnedSubject, startOnSocket, type Subject } from './subject.js'

/** What one installation is to have. */
export interface Setup {
  readonly checkers: readonly string[]
  /** `sqlite` for a store in the installation's directory, or a MongoDB address. */
  readonly database: string
  readonly syslogPath: string
  /** DNS servers, "ADDRESS:PORT". */
  readonly dnsServers?: readonly string[]
  /** Settings as text, which these override. */
  readonly sample?: string
}

/** The built program. */
export const ownCommand: readonly string[] = [process.execPath, 'build/bin/tumgreyspf.js']

/** The least that Node can do. */
export const floorSubject: Subject = spawnedSubject({
  name: 'floor',
  answers: { toNew: ['action=dunno\n\n'], toKnown: ['action=dunno\n\n'] },
  command: () => [process.execPath, fileURLToPath(new URL('floor.js', import.meta.url))],
})

/** The program with a setup; `command` without the settings file. */
export function ownSubject(
  name: string,
  setup: Setup,
  answers: Answers = greylistAnswers,
  command = ownCommand,
): Subject {
  return spawnedSubject({
    name,
    answers,
    command: (directory) => [...command, writeSettings(directory, setup)],
  })
}

/** The program with settings that are there and stay. */
export function ownSubjectAt(name: string, settingsPath: string): Subject {
  return {
    name,
    answers: greylistAnswers,
    pauseSeconds: 0,
    isDaemon: false,
    install: () =>
      Promise.resolve({
        connect: () => startOnSocket(name, [...ownCommand, settingsPath]),
        close: () => Promise.resolve(),
      }),
  }
}

/** Writes the settings of an installation and returns their path. Known triplets pass at once. */
export function writeSettings(directory: string, setup: Setup): string {
  const config = join(directory, 'config')
  mkdirSync(config)
  const database = setup.database === 'sqlite' ? `sqlite://${directory}/data/tumgreyspf.db` : setup.database
  const settings = {
    checkers: setup.checkers,
    configPath: `file://${config}`,
    greylistTime: 0,
    dbUrl: database,
    syslogAddress: setup.syslogPath,
    ...(setup.dnsServers === undefined ? {} : { dnsServers: setup.dnsServers }),
  }
  const path = join(directory, 'tumgreyspf.conf')
  // JSON's lists, numbers and plain strings are Python's too.
  writeFileSync(
    path,
    Object.entries(settings)
      .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`)
      .join('')
      .replace(/^/, `${setup.sample ?? ''}\n`),
  )
  writeFileSync(
    join(config, '__default__'),
    [
      `CHECKERS = ${setup.checkers.join(',')}`,
      'OTHERCONFIGS = client_address,envelope_sender,envelope_recipient',
      'GREYLISTTIME = 0',
      'GREYLISTEXPIREDAYS = 10.0',
      '',
    ].join('\n'),
  )
  return path
}
