// A DNS server on loopback with one SPF record for every name (RFC 1035, 7208), to try the policy server with.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { decode, encode, RECURSION_DESIRED, type Answer } from 'dns-packet'

/** A running server. */
export interface SampleDns {
  /** "ADDRESS:PORT" */
  readonly address: string
  close(): void
}

/** Starts the server: each domain lets its MX and two networks send. */
export async function startSampleDns(): Promise<SampleDns> {
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => {
    const { id, questions = [] } = decode(query)
    const answers = questions.flatMap(({ name, type }): Answer[] => {
      if (type === 'TXT') return [{ type, name, data: ['v=spf1 mx ip4:192.0.2.0/24 ip6:2001:db8::/32 -all'] }]
      if (type === 'MX') return [{ type, name, data: { preference: 10, exchange: `mx.${name}` } }]
      return type === 'A' ? [{ type, name, data: '203.0.113.25' }] : []
    })
    socket.send(
      encode({ id: id ?? 0, type: 'response', flags: RECURSION_DESIRED, questions, answers }),
      port,
      address,
    )
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${String(socket.address().port)}`,
    close: () => {
      socket.close()
    },
  }
}
