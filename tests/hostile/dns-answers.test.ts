// A DNS server that answers with whatever bytes it likes: records in our words or a DnsError, within the time limit.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import fc, { type Arbitrary } from 'fast-check'
import t from 'tap'
import { parseServerAddress } from '../../lib/net/server-address.js'
import { parseIpAddress } from '../../lib/net/ip-address.js'
import { DnsResolver } from '../../lib/dns/dns-resolver.js'
import { DnsError } from '../../lib/dns/dns.js'
import { holds, must } from '../helpers/properties.js'

const bytes = (maxLength: number): Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((made) => Buffer.from(made))
/** A record with a name, a type and a length that may be wrong. */
const record = fc
  .tuple(
    fc.constantFrom('c00c', '00', 'c0ff', 'c000', '01610162c00c', '3f'),
    fc.constantFrom(1, 28, 16, 15, 12, 5, 99),
    fc.integer({ min: -2, max: 2 }),
    fc.oneof(
      bytes(40),
      fc.constantFrom(Buffer.alloc(4, 7), Buffer.alloc(16, 7), Buffer.from('\x06v=spf1', 'latin1')),
    ),
  )
  .map(([name, type, more, data]) => {
    const head = Buffer.alloc(10)
    head.writeUInt16BE(type, 0)
    head.writeUInt16BE(1, 2)
    head.writeUInt32BE(60, 4)
    head.writeUInt16BE(Math.max(data.length + more, 0), 8)
    return Buffer.concat([Buffer.from(name, 'hex'), head, data])
  })
/** What follows the question, and the flags and counts before it. */
const answer = fc.record({
  flags: fc.constantFrom(0x8180, 0x8180, 0x8180, 0x8182, 0x8183, 0x8185, 0x818f, 0x0100),
  counts: fc.tuple(fc.nat({ max: 3 }), fc.constantFrom(0, 0, 65_535), fc.constantFrom(0, 0, 1)),
  records: fc.array(record, { maxLength: 3 }),
  rest: bytes(60),
  isNoMessage: fc.constantFrom(false, false, false, true),
})

t.test('answers of any bytes are records in our words, or a fault', async (t) => {
  const server = createSocket('udp4').bind(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  let current: typeof answer extends Arbitrary<infer T> ? T | undefined : never
  server.on('message', (query, { port, address }) => {
    if (current === undefined) return
    const { flags, counts, records, rest, isNoMessage } = current
    const reply = Buffer.concat([query.subarray(0, questionEnd(query)), ...records, rest])
    reply.writeUInt16BE(flags, 2)
    for (const [index, count] of counts.entries()) reply.writeUInt16BE(count, 6 + index * 2)
    server.send(isNoMessage ? rest : reply, port, address)
  })
  const from = parseServerAddress(`127.0.0.1:${String(server.address().port)}`, 53)
  let count = 0
  await holds(
    t,
    'answers',
    fc.asyncProperty(answer, fc.boolean(), async (next, isOdd) => {
      current = next
      const dns = new DnsResolver(from && [from], 0.2).openMessage()
      count += 1
      const name = `${isOdd ? 'odd:' : ''}n${String(count)}.example`
      const found = await Promise.allSettled([
        dns.resolveAddresses(name, 4),
        dns.resolveAddresses(name, 6),
        dns.resolveTxt(name),
        dns.resolveMx(name),
        dns.resolvePtr(name),
      ])
      for (const result of found)
        if (result.status === 'rejected')
          must(
            result.reason instanceof DnsError && !/\p{Cc}/u.test(result.reason.message),
            String(result.reason),
          )
      const [four, six] = found
      for (const [result, family] of [
        [four, 4],
        [six, 6],
      ] as const)
        for (const address of result.status === 'fulfilled' ? result.value : [])
          must(
            parseIpAddress(address)?.family === family || address.startsWith('::ffff:'),
            'an address:',
            address,
          )
    }),
    60,
  )
})

/** Where the question of a query ends: after its name, type and class. */
function questionEnd(query: Buffer): number {
  let at = 12
  while ((query[at] ?? 0) !== 0) at += (query[at] ?? 0) + 1
  return at + 5
}
