// Log lines to a unix datagram socket such as /dev/log, in the form that a local syslogd expects (RFC 3164 without the
// host name, as syslog(3) sends it). Node cannot open such sockets; the package node-unix-socket can.
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import type * as NodeUnixSocket from 'node-unix-socket'
import type { SyslogLine, SyslogTransport } from './syslog.js'

/** Opens a transport to a unix datagram socket. The socket may appear, vanish and reappear. */
export function openUnixTransport(path: string): SyslogTransport {
  let socket: NodeUnixSocket.DgramSocket | undefined
  const reset = (): void => {
    socket = undefined
  }
  return {
    send(line, done) {
      try {
        // Without a syslog, as in many containers, the package need not even be loaded.
        if (socket === undefined && statSync(path, { throwIfNoEntry: false })?.isSocket() !== true) {
          done()
          return
        }
        socket ??= openSocket(reset)
        const message = Buffer.from(formatLine(line))
        socket.sendTo(message, 0, message.length, path, done)
      } catch {
        reset()
        done()
      }
    },
    close() {
      socket?.close()
    },
  }
}

/** Loads the package from where it is installed; it holds a native part and is not bundled. */
function openSocket(onError: () => void): NodeUnixSocket.DgramSocket {
  const require = createRequire(import.meta.url)
  const { DgramSocket: Socket } = require('node-unix-socket') as typeof NodeUnixSocket
  const socket = new Socket()
  socket.on('error', onError)
  return socket
}

function formatLine({ facility, severity, text, time }: SyslogLine): string {
  return `<${String(facility * 8 + severity)}>${formatTime(time)} ${text}`
}

/** "Nov  2 09:05:07", in local time. */
function formatTime(time: Date): string {
  const [, month = '', day = '', , clock = ''] = time.toString().split(' ')
  return `${month} ${day.replace(/^0/, ' ')} ${clock}`
}
