// Log lines to a file, for machines without any syslog. Each line is one write to a file that is opened for appending,
// so that the lines of several processes do not mix; all of this happens in the background.
import { close, constants, fstat, open, stat, write, type Stats } from 'node:fs'
import { hostname } from 'node:os'
import { formatLogTime, type LogLine, type LogTransport } from './transport.js'

const flags =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOCTTY

/** The file as it was opened. */
interface OpenFile {
  readonly descriptor: number
  readonly stats: Stats
}

/** Opens a transport to a regular file, which is created if needed, and opened again after it was moved or replaced. */
export function openFileTransport(path: string): LogTransport {
  const [host = ''] = hostname().split('.')
  const waiting: { readonly line: LogLine; readonly done: () => void }[] = []
  let file: OpenFile | undefined
  let isBusy = false

  const letGo = (): void => {
    if (file !== undefined) close(file.descriptor)
    file = undefined
  }
  const reopen = async (): Promise<void> => {
    const current = await call<Stats>((done) => {
      stat(path, done)
    })
    if (current !== undefined && current.ino === file?.stats.ino && current.dev === file.stats.dev) return
    letGo()
    // Opening a FIFO fails while nobody reads it, and once open it would be refused below.
    const descriptor = await call<number>((done) => {
      open(path, flags, 0o640, done)
    })
    if (descriptor === undefined) return
    const stats = await call<Stats>((done) => {
      fstat(descriptor, done)
    })
    if (stats?.isFile() === true) file = { descriptor, stats }
    else close(descriptor)
  }
  const writeWaiting = async (): Promise<void> => {
    isBusy = true
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { line, done } = next
      await reopen()
      const { descriptor } = file ?? {}
      if (descriptor !== undefined)
        await call((written) => {
          write(descriptor, `${formatLogTime(line.time)} ${host} ${line.text}\n`, written)
        })
      done()
    }
    isBusy = false
  }
  return {
    send(line, done) {
      waiting.push({ line, done })
      if (!isBusy) void writeWaiting()
    },
    close: letGo,
  }
}

/** The result of a system call; undefined if it fails, since there is nowhere to report the error. */
function call<T>(start: (done: (error: Error | null, value?: T) => void) => void): Promise<T | undefined> {
  return new Promise((resolve) => {
    start((_, value) => {
      resolve(value)
    })
  })
}
