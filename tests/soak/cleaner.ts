// tumgreyspf-clean, again and again beside the load.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

/** What one run of a tool gave; times in seconds since 1970. */
export interface ToolRun {
  readonly start: number
  readonly end: number
  readonly status: number | null
  readonly output: string
  readonly errors: string
}

/** Runs a built tool. */
export async function runTool(name: string, ...args: string[]): Promise<ToolRun> {
  const start = Date.now() / 1_000
  const child = spawn(process.execPath, [`build/bin/${name}.js`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const [status] = (await once(child, 'close')) as [number | null]
  return { start, end: Date.now() / 1_000, status, output, errors }
}

/** Cleans with pauses until the signal; how often, and how many entries went. */
export async function cleanRepeatedly(
  settingsPath: string,
  stop: AbortSignal,
  cleaned: (run: ToolRun, removed: number) => void,
): Promise<void> {
  while (!stop.aborted) {
    await sleep(2_000, undefined, { signal: stop }).catch(() => undefined)
    await cleanOnce(settingsPath, cleaned)
  }
}

/** Cleans once. */
export async function cleanOnce(
  settingsPath: string,
  cleaned: (run: ToolRun, removed: number) => void,
): Promise<ToolRun> {
  const run = await runTool('tumgreyspf-clean', '-c', settingsPath)
  cleaned(run, Number(/^removed (\d+) of/.exec(run.output)?.[1] ?? NaN))
  return run
}
