// What is measured: a policy server, installed with a store of its own, to which sessions are opened.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Answers } from './answers.js'
import { makeTemporaryDirectory, removeTemporaryDirectory, watchProcess } from './cleanup.js'
import { makeSocketPair } from './session-socket.js'

/** A policy server that can be installed any number of times. */
export interface Subject {
  readonly name: string
  readonly answers: Answers
  /** How long a triplet must wait before it passes. */
  readonly pauseSeconds: number
  /** Whether one process serves all connections. */
  readonly isDaemon: boolean
  /** Whether its answers to a load are not comparable. */
  readonly isOnlyStarted?: boolean
  install(): Promise<Installation>
}

/** A policy server that is ready for connections. */
export interface Installation {
  connect(): Promise<Session>
  close(): Promise<void>
}

/** One connection, and the process that answers on it. */
export interface Session {
  readonly socket: Socket
  readonly pid: number
  /** Waits for the end of the process after the end of its connection. @throws Error if it did not end well */
  ended(): Promise<void>
}

/** A command that a spawn entry could have, with the environment that spawn(8) gives. */
export interface SpawnedSubject {
  readonly name: string
  readonly answers: Answers
  /** Makes the command; the directory is the installation's own. */
  readonly command: (directory: string) => readonly string[]
  /** Undoes what command() did outside the directory. */
  readonly close?: () => Promise<void>
}

/** A subject that is started for each connection, on one socket as descriptors 0, 1 and 2. */
export function spawnedSubject({ name, answers, command, close }: SpawnedSubject): Subject {
  const install = async (): Promise<Installation> => {
    const directory = makeTemporaryDirectory()
    const words = command(directory)
    return {
      connect: () => startOnSocket(name, words),
      close: async () => {
        await close?.()
        removeTemporaryDirectory(directory)
      },
    }
  }
  return { name, answers, pauseSeconds: 0, isDaemon: false, install }
}

/** Starts a command on one socket as descriptors 0, 1 and 2. */
export async function startOnSocket(
  name: string,
  [file = '', ...words]: readonly string[],
): Promise<Session> {
  const { near, far } = await makeSocketPair()
  const child = spawn(file, words, { stdio: [far, far, far], env: { PATH: '/usr/bin:/bin' } })
  far.destroy()
  watchProcess(child)
  const exit = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (status, signal) => {
      if (status === 0) resolve()
      else reject(new Error(`${name}: ended with ${signal ?? `status ${String(status)}`}`))
    })
  })
  // A process that ends early is found out by who waits for its answer.
  exit.catch(() => undefined)
  return { socket: near, pid: child.pid ?? 0, ended: () => exit }
}

/** Ends a process and waits for it. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}
