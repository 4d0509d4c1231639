// Removes everything that the bench creates, however it ends: temporary directories, processes, servers.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChildProcess } from 'node:child_process'

const processes = new Set<ChildProcess>()
const directories = new Set<string>()

/** Makes a directory that is gone when the bench ends. */
export function makeTemporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tumgreyspf-bench-'))
  directories.add(directory)
  return directory
}

/** Removes a directory of makeTemporaryDirectory() earlier. */
export function removeTemporaryDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true })
  directories.delete(directory)
}

/** Has the process killed at the end if it is still there. */
export function watchProcess(child: ChildProcess): void {
  processes.add(child)
  child.once('exit', () => processes.delete(child))
}

/** Cleans up at the end of the bench, also after Ctrl-C. */
export function cleanUpAtExit(): void {
  process.on('exit', () => {
    for (const child of processes) child.kill('SIGKILL')
    for (const directory of directories) rmSync(directory, { recursive: true, force: true })
  })
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    process.on(signal, () => process.exit(status))
}
