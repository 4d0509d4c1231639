// Connected pairs of unix sockets, of which one end becomes descriptors 0, 1 and 2 of a program, as with spawn(8).
import { createServer, connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { once } from 'node:events'
import { makeTemporaryDirectory } from './cleanup.js'

/** The two ends of a connection; nothing has been read from either. */
export interface SocketPair {
  readonly near: Socket
  readonly far: Socket
}

const accepted: ((far: Socket) => void)[] = []
let path: string | undefined

/** Makes a connected pair. */
export async function makeSocketPair(): Promise<SocketPair> {
  path ??= await listen()
  const far = new Promise<Socket>((resolve) => accepted.push(resolve))
  return { near: await connectTo(path), far: await far }
}

/** Connects to a unix socket. */
export async function connectTo(socketPath: string): Promise<Socket> {
  const socket = connect(socketPath)
  // The end of a session shows in the process or the answers.
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

async function listen(): Promise<string> {
  const socketPath = join(makeTemporaryDirectory(), 'sessions')
  // Connections come in the order in which they were asked for.
  const server = createServer({ pauseOnConnect: true }, (far) => accepted.shift()?.(far))
  server.unref().listen(socketPath)
  await once(server, 'listening')
  return socketPath
}
