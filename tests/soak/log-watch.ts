// The syslog of a soak run: the number of lines, and warnings.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { watchProcess } from '../bench/cleanup.js'

/** A running syslog. */
export interface LogWatch {
  readonly path: string
  /** Ends it; how many lines about answers came, and how many the programs say were lost. */
  stop(): Promise<{ readonly came: number; readonly lost: number }>
}

/** Starts it in a directory; `fault` takes each line that is a warning or worse. */
export async function watchLog(directory: string, fault: (line: string) => void): Promise<LogWatch> {
  const path = join(directory, 'log')
  const file = fileURLToPath(new URL('log-watch-child.js', import.meta.url))
  const child = spawn(process.execPath, [file, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  watchProcess(child)
  let count = 0
  let lost = 0
  const lines = createInterface({ input: child.stdout })
  const isReady = once(lines, 'line')
  await isReady
  lines.on('line', (line) => {
    const total = /^lines (\d+)$/.exec(line)?.[1]
    const some = /: log: (\d+) lines lost, syslog was full$/.exec(line)?.[1]
    // On a machine with much else to do the syslog can be late: then lines are lost, and never an answer.
    if (some !== undefined) {
      lost += Number(some)
      count -= 1
    } else if (total === undefined) fault(line)
    else count += Number(total)
  })
  return {
    path,
    stop: async () => {
      const isClosed = once(lines, 'close')
      child.kill('SIGTERM')
      await isClosed
      return { came: count, lost }
    },
  }
}
