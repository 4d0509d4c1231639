// A syslog that counts lines and writes out those that are warnings or worse. Its only argument is the path of its socket.
import { DgramSocket } from 'node-unix-socket'

const socket = new DgramSocket()
socket.bind(process.argv[2] ?? '')
let lines = 0
socket.on('data', (datagram: Buffer) => {
  lines += 1
  const severity = Number(/^<(\d+)>/.exec(datagram.toString('latin1', 0, 6))?.[1] ?? 0) & 7
  if (severity <= 4) process.stdout.write(`${datagram.toString('utf8').replaceAll('\n', ' ')}\n`)
})
process.stdout.write('ready\n')
process.on('SIGTERM', () => {
  process.stdout.write(`lines ${String(lines)}\n`, () => process.exit(0))
})
