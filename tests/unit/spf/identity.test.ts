import t from 'tap'
import { isCheckableDomain } from '../../../lib/spf/domain-name.js'
import { identityOf } from '../../../lib/spf/identity.js'

t.test('the envelope sender is checked, and for the null sender the HELO name', async (t) => {
  t.same(identityOf('Alice@Example.org', 'mx.example.net'), {
    kind: 'mailfrom',
    localPart: 'Alice',
    domain: 'example.org',
  })
  for (const sender of ['', '<>'])
    t.same(identityOf(sender, 'MX.example.net.'), {
      kind: 'helo',
      localPart: 'postmaster',
      domain: 'mx.example.net',
    })
})

t.test('a sender without a local part is the postmaster', async (t) => {
  t.match(identityOf('@example.org', ''), {
    kind: 'mailfrom',
    localPart: 'postmaster',
    domain: 'example.org',
  })
  t.match(identityOf('example.org', ''), { localPart: 'postmaster', domain: 'example.org' })
})

t.test('the local part ends at the last "@"', async (t) => {
  t.match(identityOf('"a@b"@example.org', ''), { localPart: '"a@b"', domain: 'example.org' })
})

t.test('a domain beyond ASCII is asked for in A-labels', async (t) => {
  t.equal(identityOf('a@B\u00fccher.example', '').domain, 'xn--bcher-kva.example')
  t.equal(identityOf('a@\udcff.example', '').domain, '', 'what is no domain has none')
})

t.test('a domain that is far too long is none, and costs nothing', async (t) => {
  const letters = Array.from({ length: 20_000 }, (_, index) => String.fromCodePoint(0x4e00 + index)).join('')
  const { user: before } = process.cpuUsage()
  for (let round = 0; round < 100; round += 1)
    t.notOk(isCheckableDomain(identityOf(`a@${letters}.example`, '').domain))
  t.ok(process.cpuUsage().user - before < 10_000_000, 'a hundredth of what the conversion would take')
})
