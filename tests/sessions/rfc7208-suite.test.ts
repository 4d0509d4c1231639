import t, { type Test } from 'tap'
import { readSuite, type SuiteCase } from './rfc7208-suite.js'
import { PolicyProcess } from '../helpers/policy-process.js'
import { startZoneServer } from '../helpers/zone-server.js'

const suite = readSuite()
const skip = suite === undefined && 'the test suite of RFC 7208 is not on this machine'

for (const [timeout, seconds] of [
  ['SERVFAIL', 20],
  ['silence', 2],
] as const)
  t.test(`the suite of RFC 7208 with time-outs as ${timeout}`, { skip, timeout: 300_000 }, async (t) => {
    const cases = suite?.flatMap((section) => section.cases) ?? []
    t.equal(cases.length, 203)
    t.equal(cases.filter((one) => one.explanation !== undefined && one.explanation !== 'DEFAULT').length, 14)
    // Most of the time is spent waiting for what does not come.
    t.jobs = 3
    for (const section of suite ?? [])
      void t.test(section.description, async (t) => {
        const dns = await startZoneServer(section.zone(timeout))
        const policy = await PolicyProcess.startFor(t, {
          settings: `checkers = ['spf']
spfAcceptOnPermError = False
dnsServers = ['${dns.address}']
dnsTimeout = ${String(seconds)}`,
        })
        for (const one of section.cases) await testCase(t, policy, one)
        t.same(await policy.end(), { status: 0, signal: null })
        await dns.close()
      })
  })

async function testCase(t: Test, policy: PolicyProcess, one: SuiteCase): Promise<void> {
  const action = await policy.ask({
    request: 'smtpd_access_policy',
    client_address: one.host,
    helo_name: one.helo,
    sender: one.mailfrom,
    recipient: 'postmaster@example.org',
  })
  t.ok(one.results.includes(resultOf(action)), `${one.name} is ${one.results.join(' or ')}`, { action })
  if (one.explanation === undefined) return
  const words = / explains: (.*)$/s.exec(action)?.[1]
  t.equal(words, one.explanation === 'DEFAULT' ? undefined : one.explanation, `${one.name} is explained`)
}

/** The result that an action stands for. */
function resultOf(action: string): string {
  const header = /^prepend Received-SPF: (\w+) /.exec(action)?.[1]
  if (header !== undefined) return header
  if (action === 'dunno') return 'none'
  if (action.startsWith('550 5.7.23 SPF Reports: ')) return 'fail'
  if (action.startsWith('550 5.7.24 SPF Reports: ')) return 'permerror'
  if (action.startsWith('defer_if_permit 4.7.24 SPF Reports: ')) return 'temperror'
  return action
}
