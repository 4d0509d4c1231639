import t from 'tap'
import { DnsCache } from '../../../lib/dns/dns-cache.js'

t.test('an answer holds until its time', async (t) => {
  const memory = new DnsCache<string>()
  memory.set('a', 'first', 10)
  t.equal(memory.get('a', 9.9), 'first')
  t.equal(memory.get('a', 10), undefined)
  memory.set('a', 'second', 20)
  t.equal(memory.get('a', 10), 'second')
  t.equal(memory.get('b', 0), undefined)
})

t.test('a thousand answers are kept, the oldest is forgotten first', async (t) => {
  const memory = new DnsCache<number>()
  for (let index = 0; index < 1_000; index += 1) memory.set(String(index), index, 10)
  memory.set('0', 0, 10)
  memory.set('1000', 1_000, 10)
  t.equal(memory.get('1', 0), undefined)
  t.equal(memory.get('0', 0), 0, 'what was learnt again is young')
  t.equal(memory.get('1000', 0), 1_000)
})
