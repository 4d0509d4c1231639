// How far another process has read, from /proc.
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** Why that cannot be known; undefined where it can. */
export const bytesReadLack: string | undefined = existsSync('/proc/self/io')
  ? undefined
  : 'there is no /proc/PID/io'

/** How much a process has read so far, from files and sockets. */
export function bytesRead(pid: number): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${String(pid)}/io`, 'latin1'))?.[1])
}

/** Resolves with a figure that has stopped changing. */
export async function untilSteady(look: () => number): Promise<number> {
  let figure = look()
  for (let since = Date.now(); Date.now() - since < 1_000;) {
    await pause(20)
    const now = look()
    if (now !== figure) since = Date.now()
    figure = now
  }
  return figure
}
