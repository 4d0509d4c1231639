import t from 'tap'
import { checkSpfDomains } from '../../../lib/configtest/check-spf-domains.js'
import { createCheckHost } from '../../../lib/spf/mailauth/mailauth-spf.js'
import { readReach } from '../../../lib/spf/record-reach.js'
import { createZoneDns, parseZone } from '../../helpers/zone-dns.js'

t.test('domains whose SPF passes no one, or anyone, give warnings', async (t) => {
  const { dns } = createZoneDns(
    parseZone(`real.example TXT v=spf1 ip4:203.0.113.0/24 -all
      open.example TXT v=spf1 include:all.example -all
      all.example TXT v=spf1 -ip4:192.0.2.1 +all
      broken.example TXT v=spf1 ip4:none -all
      down.example !`),
  )
  const spf = {
    receiver: 'mx.example.org',
    openMessage: () => ({
      checkHost: createCheckHost(dns),
      hasAddress: async () => false,
      readReach: (query: Parameters<typeof readReach>[0]) => readReach(query, dns),
    }),
  }
  const lists = {
    spfDomainWhiteList: ['real.example', 'none.example', 'open.example', 'broken.example', 'down.example'],
    spfRelayDomains: ['all.example'],
  }
  t.same(await checkSpfDomains(lists, spf), [
    { level: 'ok', text: 'spfDomainWhiteList: domains with a usable SPF record: 1' },
    {
      level: 'warning',
      text: 'spfDomainWhiteList: "none.example" has no SPF record: no client passes it',
    },
    {
      level: 'warning',
      text: 'spfDomainWhiteList: the SPF record of "open.example" passes anyone: it is ignored',
    },
    {
      level: 'warning',
      text: 'spfDomainWhiteList: "broken.example" is broken: the SPF record of broken.example: cannot read "ip4:none"',
    },
    {
      level: 'warning',
      text: 'spfDomainWhiteList: "down.example" cannot be looked up: TXT of down.example: the server failed',
    },
    {
      level: 'warning',
      text: 'spfRelayDomains: the SPF record of "all.example" passes anyone: it is ignored',
    },
  ])
  t.same(await checkSpfDomains({ spfDomainWhiteList: [], spfRelayDomains: [] }, spf), [])
})
