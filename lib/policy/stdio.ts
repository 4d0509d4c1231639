// The three standard descriptors of the policy server. Postfix's spawn(8) connects all of them to one socket, so
// anything but answers on 1 or 2 would break the protocol.
import { closeSync, fstatSync, openSync } from 'node:fs'

/**
 * Silences the console, and points descriptor 2 at /dev/null if it is a socket, as under spawn(8): also for Node and
 * native code. At a terminal it is kept. Call this before anything else can write.
 */
export function keepOutputForReplies(): void {
  const silent = (): void => undefined
  for (const method of ['log', 'info', 'debug', 'warn', 'error', 'trace', 'table', 'dir'] as const)
    Object.assign(console, { [method]: silent })
  if (!fstatSync(2).isSocket()) return
  closeSync(2)
  // The lowest free descriptor is taken, which is 2.
  openSync('/dev/null', 'w')
}

/** Standard input in pieces, as strings of bytes. Ends early, after the input already read, when the signal is aborted. */
export async function* readInput(stop: AbortSignal): AsyncGenerator<string> {
  // Events take half the time of the stream's iterator.
  const input = process.stdin
  let isOver = stop.aborted
  let rest = ''
  let wake = (): void => undefined
  const end = (): void => {
    isOver = true
    wake()
  }
  input.setEncoding('latin1').on('readable', () => {
    wake()
  })
  // Postfix may close or reset the connection at any time, which is an end like any other.
  for (const event of ['end', 'close', 'error']) input.on(event, end)
  stop.addEventListener('abort', () => {
    // A client that has sent input waits for the answer.
    rest = String(input.read() ?? '')
    input.destroy()
    end()
  })
  while (!isOver) {
    const piece = input.read() as string | null
    if (piece !== null) yield piece
    else
      await new Promise<void>((resolve) => {
        wake = resolve
      })
  }
  if (rest !== '') yield rest
}

/**
 * Writes to standard output; resolves when there is room for more. Once the peer has gone, nothing is written and
 * no error is reported; likewise when the signal is aborted and the peer reads nothing for the given time.
 */
export function createOutput(stop: AbortSignal, milliseconds: number): (text: string) => Promise<void> {
  const output = process.stdout
  let isGone = false
  output.on('error', () => {
    isGone = true
  })
  return (text) => {
    if (isGone || output.write(text, 'latin1')) return Promise.resolve()
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined
      const done = (): void => {
        clearTimeout(timer)
        stop.removeEventListener('abort', limit)
        output.off('drain', done).off('close', done).off('error', done)
        resolve()
      }
      const limit = (): void => {
        timer = setTimeout(() => {
          isGone = true
          done()
        }, milliseconds)
      }
      output.once('drain', done).once('close', done).once('error', done)
      if (stop.aborted) limit()
      else stop.addEventListener('abort', limit)
    })
  }
}

/** Resolves when everything written has left, at the latest after the given time. */
export function flushOutput(milliseconds: number): Promise<void> {
  const output = process.stdout
  if (output.writableLength === 0 || output.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
    output.write('', () => {
      resolve()
    })
  })
}
