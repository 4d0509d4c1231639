// A DNS server on loopback that knows the SPF records of the load's senders, and of large senders whose mail the load does
// not hold (RFC 1035, 7208).
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** A running server. */
export interface DnsServer {
  /** "ADDRESS:PORT" */
  readonly address: string
  /** How many queries came. */
  queries(): number
}

const typeTxt = 16
/** Each large sender has three records with so many networks in all. */
const largeNetworks = 30

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
  const text = Buffer.from(recordOf(nameOf(question)), 'latin1')
  const strings: Buffer[] = []
  for (let at = 0; at < text.length; at += 255) {
    const piece = text.subarray(at, at + 255)
    strings.push(Buffer.from([piece.length]), piece)
  }
  const data = Buffer.concat(strings)
  // The name by reference to the question; TXT, IN, an hour to live, length.
  const answer = Buffer.from([0xc0, 12, 0, typeTxt, 0, 1, 0, 0, 14, 16, data.length >> 8, data.length & 255])
  return Buffer.concat([head, question, answer, data])
}

function nameOf(question: Buffer): string {
  const labels: string[] = []
  for (let at = 0; (question[at] ?? 0) > 0; at += (question[at] ?? 0) + 1)
    labels.push(question.toString('latin1', at + 1, at + 1 + (question[at] ?? 0)))
  return labels.join('.').toLowerCase()
}

/** A sender of the load has the networks of its clients (request-template.ts); any other has some of 10.0.0.0/8. */
function recordOf(name: string): string {
  const [, digit] = /^d(\d)\.example\.net$/.exec(name) ?? []
  if (digit !== undefined) {
    const networks = [3, 4, 5, 6, 7, 8, 9].map((tens) => `ip4:1${String(tens)}${digit}.0.0.0/8`)
    return `v=spf1 ${networks.join(' ')} -all`
  }
  const [, part] = /^_(\d)\./.exec(name) ?? []
  if (part === undefined) return `v=spf1 include:_1.${name} include:_2.${name} include:_3.${name} ~all`
  const networks = Array.from(
    { length: largeNetworks / 3 },
    (_, index) => `ip4:10.${part}${String(index)}.0.0/16`,
  )
  return `v=spf1 ${networks.join(' ')} ip6:2001:db8:${part}::/48 ~all`
}
