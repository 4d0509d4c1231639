// Log lines to a unix datagram socket such as /dev/log, in the form that a local syslogd expects (RFC 3164 without the
// hostname, as syslog(3) sends it). Node cannot open such sockets; the package node-unix-socket can.
import { statSync } from 'node:fs'
import type * as UnixSocketAddon from 'node-unix-socket/js/addon.js'
import { loadNative } from '../../system/load-native.js'
import { formatLogTime, type LogLine, type LogTransport } from '../transport.js'

/** The first and the longest wait before a full socket is tried again. */
const minBackoffMilliseconds = 1
const maxBackoffMilliseconds = 100

/** Opens a transport to a unix datagram socket. The socket may appear, vanish and reappear. */
export function openUnixTransport(path: string): LogTransport {
  let socket: Socket | undefined
  const waiting: { readonly message: Buffer; readonly done: () => void }[] = []
  let retry: NodeJS.Timeout | undefined
  let backoffMilliseconds = minBackoffMilliseconds
  let settledCount = 0
  const reset = (): void => {
    socket = undefined
  }
  /** Whether the message has left or is lost; false if the socket is full. */
  const sendNow = (message: Buffer): boolean => {
    try {
      // Without a syslog, as in many containers, the package need not even be loaded.
      if (socket === undefined && statSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return true
      socket ??= new Socket(reset)
      const countBefore = settledCount
      // It calls back at once, unless the socket is full.
      socket.sendTo(message, path, () => {
        settledCount += 1
      })
      if (settledCount > countBefore) return true
      // The package would now retry without a pause, using a whole processor: closing it makes it drop the message.
      socket.close()
      reset()
      return false
    } catch {
      reset()
      return true
    }
  }
  const sendWaiting = (): void => {
    retry = undefined
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (!sendNow(next.message)) {
        retry = setTimeout(sendWaiting, backoffMilliseconds)
        backoffMilliseconds = Math.min(backoffMilliseconds * 2, maxBackoffMilliseconds)
        return
      }
      backoffMilliseconds = minBackoffMilliseconds
      waiting.shift()
      next.done()
    }
  }
  return {
    send(line, done) {
      waiting.push({ message: Buffer.from(formatLine(line)), done })
      if (retry === undefined) sendWaiting()
    },
    close() {
      clearTimeout(retry)
      socket?.close()
    },
  }
}

/** Sends an empty datagram, which is not a line, to see whether a syslog is listening. @throws Error */
export async function probeUnixSyslog(path: string): Promise<void> {
  if (!statSync(path).isSocket()) throw new Error('expected a socket')
  await new Promise<void>((resolve, reject) => {
    const socket = new Socket(reject)
    socket.sendTo(Buffer.alloc(0), path, (error) => {
      socket.close()
      if (error) reject(error)
      else resolve()
    })
  })
}

/** A socket of the package's native part, which is not bundled, without the rest of the package. */
class Socket {
  readonly #socket: UnixSocketAddon.DgramSocketWrap
  #isOpen = true

  /** @throws Error */
  constructor(readonly onError: (error: Error) => void) {
    const target = `linux-${process.arch}-gnu`
    const { DgramSocketWrap } = loadNative(
      `node-unix-socket-${target}/node-unix-socket.${target}.node`,
      'node-unix-socket/js/addon.js',
    ) as typeof UnixSocketAddon
    this.#socket = new DgramSocketWrap(this)
    this.#socket.init(this.#socket)
    // It cannot be closed otherwise.
    this.#socket.startRecv()
  }

  /** Called by the native part. */
  readonly emit = (event: string, error: Error): void => {
    if (event !== '_error') return
    this.close()
    this.onError(error)
  }

  sendTo(message: Buffer, path: string, done: (error?: Error) => void): void {
    this.#socket.sendTo(message, 0, message.length, path, done)
  }

  close(): void {
    if (this.#isOpen) this.#socket.close()
    this.#isOpen = false
  }
}

function formatLine({ facility, severity, text, time }: LogLine): string {
  return `<${String(facility * 8 + severity)}>${formatLogTime(time)} ${text}`
}
