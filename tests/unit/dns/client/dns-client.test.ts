import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { decode, encode } from 'dns-packet'
import t, { type Test } from 'tap'
import { DnsClient } from '../../../../lib/dns/client/dns-client.js'
import { parseServerAddress, type ServerAddress } from '../../../../lib/net/server-address.js'
import { parseZone } from '../../../helpers/zone-dns.js'
import { startZoneServer, type Zone, type ZoneServer } from '../../../helpers/zone-server.js'

async function startServer(t: Test, zone: Zone): Promise<{ server: ZoneServer; address: ServerAddress }> {
  const server = await startZoneServer(zone)
  t.teardown(() => server.close())
  const address = parseServerAddress(server.address, 53)
  if (address === undefined) throw new Error(`${server.address} is no address`)
  return { server, address }
}

const readClock = (): number => performance.now() / 1_000
const zone = parseZone('example.org TXT here')

t.test('the next server is asked where one fails, and first from then on where it answers', async (t) => {
  const failing = new Map([['example.org', [{ type: 'trouble', trouble: 'SERVFAIL' } as const]]])
  const [one, two] = [await startServer(t, failing), await startServer(t, zone)]
  const client = new DnsClient([one.address, two.address], 20, readClock)
  for (let count = 0; count < 2; count += 1)
    t.match(await client.ask('TXT', 'example.org', readClock() + 20), { records: ['here'] })
  t.same([one.server.asked.length, two.server.asked.length], [1, 2])
})

t.test('a server that is silent is asked again, and others meanwhile', async (t) => {
  const silent = await startServer(t, new Map([['example.org', [{ type: 'trouble', trouble: 'silence' }]]]))
  const good = await startServer(t, zone)
  const alone = new DnsClient([silent.address], 0.4, readClock)
  await t.rejects(alone.ask('TXT', 'example.org', readClock() + 20), {
    message: 'TXT of example.org: no answer',
    isTimeout: false,
  })
  t.equal(silent.server.asked.length, 3)
  const both = new DnsClient([silent.address, good.address], 0.4, readClock)
  t.match(await both.ask('TXT', 'example.org', readClock() + 20), { records: ['here'] })
})

t.test('the deadline ends a lookup', async (t) => {
  const { address } = await startServer(
    t,
    new Map([['example.org', [{ type: 'trouble', trouble: 'silence' }]]]),
  )
  const client = new DnsClient([address], 20, readClock)
  const start = performance.now()
  await t.rejects(client.ask('TXT', 'example.org', readClock() + 0.1), {
    message: 'TXT of example.org: no answer within the 20 s for all lookups',
    isTimeout: true,
  })
  t.ok(performance.now() - start < 2_000)
})

t.test('a server that knows no extended queries is asked without', async (t) => {
  const asked: number[] = []
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(() => socket.close())
  socket.on('message', (message, { port, address }) => {
    const { id = 0, questions = [], additionals = [] } = decode(message)
    asked.push(additionals.length)
    const reply =
      additionals.length > 0
        ? encode({ type: 'response', id, flags: 1 })
        : encode({
            type: 'response',
            id,
            questions,
            answers: [{ type: 'TXT', name: 'example.org', ttl: 7, data: 'here' }],
          })
    socket.send(reply, port, address)
  })
  const client = new DnsClient([{ address: '127.0.0.1', port: socket.address().port }], 20, readClock)
  t.match(await client.ask('TXT', 'example.org', readClock() + 20), { records: ['here'], lifetime: 7 })
  t.same(asked, [1, 0])
})

t.test('without a server there is no answer', async (t) => {
  await t.rejects(new DnsClient([], 20, readClock).ask('A', 'example.org', readClock() + 20), {
    message: 'A of example.org: no DNS server is known',
  })
})
