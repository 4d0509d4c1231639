// A syslog that reads and forgets, as a process of its own: a real mail server has one, and handing lines over costs
// time and memory. Its only argument is the path of its socket.
import { DgramSocket } from 'node-unix-socket'

const socket = new DgramSocket()
socket.bind(process.argv[2] ?? '')
socket.on('data', () => undefined)
process.stdout.write('ready\n')
