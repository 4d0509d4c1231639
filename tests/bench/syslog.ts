// Starts the syslog of the bench when it is first needed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeTemporaryDirectory, watchProcess } from './cleanup.js'

const sinkFile = fileURLToPath(new URL('syslog-sink.js', import.meta.url))

/** Starts a syslog and returns the path of its socket. @throws Error if it does not start */
export async function startSyslog(): Promise<string> {
  const path = join(makeTemporaryDirectory(), 'log')
  const child = spawn(process.execPath, [sinkFile, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  watchProcess(child)
  const isReady = await Promise.race([
    once(child.stdout, 'data').then(() => true),
    once(child, 'exit').then(() => false),
  ])
  if (!isReady) throw new Error('the syslog of the bench did not start')
  child.unref()
  child.stdout.destroy()
  return path
}
