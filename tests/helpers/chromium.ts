// A page in headless Chromium, controlled by the DevTools protocol over a pipe: its contents and its requests.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import type { Test } from 'tap'
import { waitFor } from './wait-for.js'

/** Debian's program, undefined if it is not installed. */
export const chromium = ['chromium', 'chromium-browser'].find(
  (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0,
)

/** An open page. */
export interface Page {
  /** Sends a command of the protocol; resolves to the answer. */
  readonly send: (method: string, params?: object) => Promise<Record<string, unknown>>
  /** The value of an expression in the page. */
  readonly evaluate: (expression: string) => Promise<unknown>
  /** The addresses that the page asked for. */
  readonly requests: readonly string[]
}

/** Opens a page of a file: address. */
export async function openPage(t: Test, url: string): Promise<Page> {
  const profile = mkdtempSync(join(tmpdir(), 'chromium-'))
  const browser = spawn(
    chromium ?? 'chromium',
    ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe', `--user-data-dir=${profile}`],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true },
  )
  const ended = new Promise((resolve) => browser.once('exit', resolve))
  t.teardown(async () => {
    // It has processes of its own, which write to the profile.
    if (browser.pid !== undefined) process.kill(-browser.pid, 'SIGKILL')
    await ended
    await waitFor('the end of the processes', () => removeProfile(profile))
  })
  const [commands, answers] = [browser.stdio[3] as Writable, browser.stdio[4] as Readable]
  const waiting = new Map<number, (answer: Message) => void>()
  const requests: string[] = []
  let rest = ''
  answers.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0')
    rest = messages.pop() ?? ''
    for (const one of messages) {
      const message = JSON.parse(one) as Message
      if (message.id !== undefined) waiting.get(message.id)?.(message)
      else if (message.method === 'Network.requestWillBeSent')
        requests.push((message.params as { request: { url: string } }).request.url)
    }
  })
  let last = 0
  const session: { sessionId?: string } = {}
  const send: Page['send'] = (method, params = {}) => {
    const id = (last += 1)
    return new Promise((resolve, reject) => {
      waiting.set(id, ({ error, result = {} }) => {
        if (error === undefined) resolve(result)
        else reject(new Error(`${method}: ${error.message}`))
      })
      commands.write(`${JSON.stringify({ id, method, params, ...session })}\0`)
    })
  }
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' })
  const attached = await send('Target.attachToTarget', { targetId, flatten: true })
  session.sessionId = String(attached['sessionId'])
  await send('Network.enable')
  await send('Page.enable')
  await send('Page.navigate', { url })
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result } = await send('Runtime.evaluate', { expression, returnByValue: true })
    return (result as { value?: unknown }).value
  }
  while ((await evaluate('document.readyState')) !== 'complete' || (await evaluate('location.href')) !== url);
  return { send, evaluate, requests }
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly result?: Record<string, unknown>
  readonly error?: { readonly message: string }
}

/** Removes the browser's files; undefined while a process still writes. */
function removeProfile(profile: string): true | undefined {
  try {
    rmSync(profile, { recursive: true, force: true })
    return true
  } catch {
    return undefined
  }
}
