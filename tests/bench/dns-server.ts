// A DNS server on loopback in which every domain has one SPF record that passes the load's clients (RFC 1035, 7208).
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** A running server. */
export interface DnsServer {
  /** "ADDRESS:PORT" */
  readonly address: string
  /** How many queries came. */
  queries(): number
}

const record = 'v=spf1 ip4:128.0.0.0/1 -all'
const typeTxt = 16

/** Starts the server; it does not keep the bench alive. */
export async function startDnsServer(): Promise<DnsServer> {
  let count = 0
  const socket = createSocket('udp4')
  socket.on('message', (query, sender) => {
    count += 1
    socket.send(answerTo(query), sender.port, sender.address)
  })
  socket.bind(0, '127.0.0.1').unref()
  await once(socket, 'listening')
  return { address: `127.0.0.1:${String(socket.address().port)}`, queries: () => count }
}

/** One TXT record, or for other types none. */
function answerTo(query: Buffer): Buffer {
  let end = 12
  while (query[end] !== 0 && end < query.length) end += (query[end] ?? 0) + 1
  const question = query.subarray(12, end + 5)
  const isTxt = query.readUInt16BE(end + 1) === typeTxt
  const head = Buffer.from(query.subarray(0, 12))
  // Response, recursion desired and available; one question, the answer, no authority, nothing additional.
  head.writeUInt16BE(0x8180, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(isTxt ? 1 : 0, 6)
  head.writeUInt32BE(0, 8)
  if (!isTxt) return Buffer.concat([head, question])
  const text = Buffer.from(record, 'latin1')
  // The name by reference to the question; TXT, IN, an hour to live, length, length of the one string.
  const answer = Buffer.from([0xc0, 12, 0, typeTxt, 0, 1, 0, 0, 14, 16, 0, text.length + 1, text.length])
  return Buffer.concat([head, question, answer, text])
}
