import t from 'tap'
import { DnsCache } from '../../../lib/dns/dns-cache.js'
import type { DnsAnswer } from '../../../lib/dns/dns.js'

function answer(...records: string[]): DnsAnswer {
  return { records, lifetime: undefined }
}

t.test('an answer holds until its time', async (t) => {
  const cache = new DnsCache()
  cache.set('a', answer('first'), 10)
  t.same(cache.get('a', 9.9), answer('first'))
  t.equal(cache.get('a', 10), undefined)
  cache.set('a', answer('second'), 20)
  t.same(cache.get('a', 10), answer('second'))
  t.equal(cache.get('b', 0), undefined)
})

t.test('so many bytes are kept, and those that were kept first go first', async (t) => {
  const cache = new DnsCache(1_000)
  // Each takes 201 bytes.
  for (const name of ['a', 'b', 'c', 'd', 'a']) cache.set(name, answer(''), 10)
  cache.set('e', answer(''), 10)
  const kept = (): string => ['a', 'b', 'c', 'd', 'e', 'f'].filter((name) => cache.get(name, 0)).join('')
  t.equal(kept(), 'acde', 'what was kept again is young')
  cache.set('f', answer('x'.repeat(600)), 10)
  t.equal(kept(), 'f')
  cache.set('f', answer(''), 10)
  cache.set('a', answer(''), 10)
  t.equal(kept(), 'af', 'what was replaced takes no room')
  cache.set('b', answer('x'.repeat(1_000)), 10)
  t.equal(kept(), 'af', 'what does not fit is not kept')
})

t.test('many large answers leave little behind', async (t) => {
  const cache = new DnsCache()
  const records = Array.from({ length: 500 }, (_, index) => `192.0.2.${String(index % 256)}`)
  for (let index = 0; index < 1_000; index += 1)
    cache.set(`A n${String(index)}.example`, answer(...records), 10)
  const kept = Array.from({ length: 1_000 }, (_, index) => cache.get(`A n${String(index)}.example`, 0))
  t.equal(kept.filter((one) => one !== undefined).length, 18)
})
