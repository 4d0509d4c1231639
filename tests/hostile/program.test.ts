// The built program under thousands of hostile requests on one connection: each gets one answer that Postfix knows, no
// log line is another than the program's own, and it ends well, in bounded memory.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc, { type Arbitrary } from 'fast-check'
import t from 'tap'
import {
  attributeNames,
  hostileAddress,
  hostileLine,
  hostileText,
  objectNames,
} from '../helpers/hostile-values.js'
import { PolicyProcess } from '../helpers/policy-process.js'
import { countRuns, seed } from '../helpers/properties.js'
import { receivedSpfGrammar } from '../helpers/received-spf-grammar.js'
import { parseZone } from '../helpers/zone-dns.js'
import { startZoneServer } from '../helpers/zone-server.js'
import { encodeText } from '../../lib/system/byte-text.js'

const latin1 = (text: string): string => encodeText(text).toString('latin1').replaceAll('\n', '')
const attribute = fc
  .tuple(fc.constantFrom(...attributeNames, ...objectNames), hostileLine)
  .map(([name, value]) => `${name}=${value}`)
/** Most of them pass as requests, so that checkers, config directories and the store see them. */
const request: Arbitrary<string> = fc
  .record({
    client: fc.oneof(
      { weight: 4, arbitrary: fc.ipV4() },
      { weight: 3, arbitrary: fc.ipV6() },
      { weight: 1, arbitrary: hostileText },
    ),
    sender: fc.oneof(
      { weight: 2, arbitrary: hostileAddress },
      {
        weight: 1,
        arbitrary: fc
          .tuple(hostileText, fc.constantFrom('fail', 'explained', 'pass', 'loop'))
          .map(([who, name]) => `${who}@${name}.example`),
      },
    ),
    recipient: hostileAddress,
    helo: hostileText,
    instance: hostileText,
    more: fc.array(fc.oneof(attribute, hostileLine), { maxLength: 4 }),
  })
  .map(({ client, sender, recipient, helo, instance, more }) =>
    [
      ...more,
      `client_address=${latin1(client)}`,
      `helo_name=${latin1(helo)}`,
      `sender=${latin1(sender)}`,
      `recipient=${latin1(recipient)}`,
      `instance=${latin1(instance)}`,
    ]
      // An empty line would end the request, and one that is too long all of them.
      .map((line) => line.slice(0, 65_536).replace(/^[ \t\r]*$/, '-'))
      .join('\n'),
  )

const zone = parseZone(`fail.example TXT v=spf1 -all
  explained.example TXT v=spf1 -exists:%{l}.%{h}.fail.example -all exp=why.explained.example
  why.explained.example TXT %{s} %{h} %{c} %{L} are not ours
  pass.example TXT v=spf1 +all
  loop.example TXT v=spf1 include:loop.example -all`)

/** The forms of all lines that such requests can bring about. */
const lineForms = [
  /^(?:Initial|Pending|Allowed) greylisting: REMOTEIP="[^"]*" HELO="(?:[^"\\]|\\.)*" SENDER="(?:[^"\\]|\\.)*" RECIPIENT="(?:[^"\\]|\\.)*" QUEUEID="(?:[^"\\]|\\.)*"$/,
  /^Whitelisted \((?:spf|greylist) check\): REMOTEIP="[^"]*" HELO="(?:[^"\\]|\\.)*" SENDER=/,
  /^SPF (?:pass|fail|softfail|neutral|permerror|temperror) \(.*\): QUEUE_ID="(?:[^"\\]|\\.)*"; identity=(?:mailfrom|helo); client-ip=[^; ]*; helo=[^; ]*; envelope-from=[^; ]*; receiver=[^; ]*;$/,
  /^request: client_address: expected an IP address, got "(?:[^"\\]|\\.)*"$/,
  /^request: expected smtpd_access_policy, got "(?:[^"\\]|\\.)*"$/,
]

t.test('thousands of hostile requests on one connection', async (t) => {
  t.comment(`HOSTILE_SEED=${String(seed)}`)
  const server = await startZoneServer(zone)
  t.teardown(() => server.close())
  const policy = await PolicyProcess.startFor(t, {
    settings: `checkers = ['spf', 'greylist', 'blackhole']\nconfigPath = 'file:///proc/self/cwd/config'\ndnsServers = '${server.address}'\ngreylistWhiteList = '128.0.0.0/1'\n`,
  })
  mkdirSync(join(policy.directory, 'config/envelope_sender/fail.example'), { recursive: true })
  for (const path of ['planted', '__default__', 'config/planted'])
    writeFileSync(join(policy.directory, path), 'CHECKERS =\nOTHERCONFIGS =\n')

  const requests = fc.sample(request, { seed, numRuns: countRuns(2_500) })
  const batch = 50
  for (let start = 0; start < requests.length; start += batch) {
    const some = requests.slice(start, start + batch)
    policy.send(some.map((text) => `${text}\n\n`).join(''))
    await policy.waitForActions(start + some.length)
  }
  const status = readFileSync(`/proc/${String(policy.pid)}/status`, 'latin1')
  t.same(await policy.end(), { status: 0, signal: null }, 'it ends well')

  t.equal(policy.actions.length, requests.length, 'one answer for each')
  const wrong = policy.actions.filter((action) => !isAction(action))
  t.same(wrong.slice(0, 3), [], `all are answers that Postfix knows, HOSTILE_SEED=${String(seed)}`)
  for (const start of ['dunno', 'defer_if_permit Service', '550 5.7.23 ', 'prepend Received-SPF: '])
    t.ok(
      policy.actions.some((action) => action.startsWith(start)),
      `there are answers of the kind ${start}`,
    )
  const peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024
  t.ok(peak < 400, `memory at its peak: ${peak.toFixed(0)} MiB`)

  const odd = policy.syslog.lines.filter(
    ({ priority, pid, message }) =>
      priority < 16 || priority > 23 || pid !== policy.pid || !lineForms.some((form) => form.test(message)),
  )
  t.ok(policy.syslog.lines.length > 100, `${String(policy.syslog.lines.length)} log lines came`)
  t.same(odd.slice(0, 3), [], `all are lines of its own, HOSTILE_SEED=${String(seed)}`)
})

function isAction(action: string): boolean {
  if (action.startsWith('prepend ')) return receivedSpfGrammar.test(action.slice(8)) && action.length <= 1_006
  return action === 'dunno' || /^(?:defer_if_permit|550) [\x20-\x7e]{1,700}$/.test(action)
}
