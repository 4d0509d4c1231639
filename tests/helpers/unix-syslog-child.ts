// Binds a unix datagram socket, as /dev/log is one, and writes what it receives to standard output, one JSON text a
// line. A process of its own, so that it can be stopped and killed: see unix-syslog.ts.
import { createRequire } from 'node:module'
import type * as NodeUnixSocket from 'node-unix-socket'

const require = createRequire(import.meta.url)
const { DgramSocket: Socket } = require('node-unix-socket') as typeof NodeUnixSocket
const socket = new Socket()
socket.on('data', (datagram: Buffer) => {
  process.stdout.write(JSON.stringify(datagram.toString('utf8')) + '\n')
})
socket.bind(process.argv[2] ?? '')
process.stdout.write('\n')
