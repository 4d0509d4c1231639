// Headers and replies made of what clients and their domains say: printable, in their grammar, one line, one header.
import fc, { type Arbitrary } from 'fast-check'
import t from 'tap'
import type { SpfOutcome, SpfQuery } from '../../lib/spf/check-host.js'
import { identityOf } from '../../lib/spf/identity.js'
import { formatSpfLine } from '../../lib/spf/log-line.js'
import { formatAuthenticationResults, formatReceivedSpf } from '../../lib/spf/result-header.js'
import { formatReason } from '../../lib/spf/wording.js'
import { parseRequest } from '../../lib/policy/policy-request.js'
import { hostileAddress, hostileLine, hostileText, ipBytes } from '../helpers/hostile-values.js'
import { holds, must } from '../helpers/properties.js'
import { readEscapedValue } from '../helpers/escaped-value.js'
import { authenticationResultsGrammar } from '../helpers/authentication-results-grammar.js'
import { receivedSpfGrammar } from '../helpers/received-spf-grammar.js'

/** Problems come escaped: see lib/spf/look-ups.ts, which hostile DNS answers are tried on elsewhere. */
const outcome: Arbitrary<SpfOutcome> = fc.oneof(
  fc.constantFrom('none', 'neutral', 'pass', 'softfail').map((result) => ({ result }) as const),
  fc.option(hostileText, { nil: undefined }).map((explanation) => ({ result: 'fail', explanation }) as const),
  fc
    .tuple(fc.constantFrom('permerror', 'temperror'), hostileText)
    .map(([result, reason]) => ({ result, reason }) as const),
)
const asked = fc
  .record({ bytes: ipBytes, sender: hostileAddress, heloName: hostileText })
  .map(({ bytes, sender, heloName }) => {
    const question: SpfQuery = {
      clientAddress: { family: bytes.length === 4 ? 4 : 6, bytes },
      identity: identityOf(sender, heloName),
      heloName,
      receiver: 'mx.example.com',
      now: 0,
    }
    return { question, sender }
  })

t.test('Received-SPF is one header in the grammar of RFC 7208, on a line that mail can have', (t) =>
  holds(
    t,
    'headers',
    fc.property(outcome, asked, (result, { question, sender }) => {
      const header = formatReceivedSpf(result, question, sender)
      must(receivedSpfGrammar.test(header), 'not in the grammar:', header)
      must(header.length <= 998, 'too long:', header.length)
      const results = formatAuthenticationResults(result, question, 'mx.example.com')
      must(authenticationResultsGrammar.test(results), 'not in the grammar:', results)
      must(results.length <= 998, 'too long:', results.length)
      const [, quoted = ''] = /; envelope-from="((?:[^"\\]|\\.)*)"; helo=/.exec(header) ?? []
      const shown = quoted.replace(/\\(.)/g, '$1')
      const plain = sender.replace(/[^\x20-\x7e]/g, '?')
      must(plain.startsWith(shown) && (shown === plain || quoted.length > 250), 'another sender:', header)
    }),
    1_000,
  ),
)

t.test('the reason in a reply is printable and bounded, and says whose words they are', (t) =>
  holds(
    t,
    'reasons',
    fc.property(outcome, asked, (result, { question }) => {
      const reason = formatReason(result, question)
      must(/^[\x20-\x7e]*$/.test(reason) && reason.length <= 600, 'a reason:', reason)
      const isQuoted = result.result === 'fail' && (result.explanation ?? '').trim() !== ''
      must(!isQuoted || reason.startsWith('the domain '), 'a stranger’s words as ours:', reason)
    }),
  ),
)

const spfLine =
  /^SPF \w+ \(.*\): QUEUE_ID="((?:[^"\\]|\\.)*)"; identity=(mailfrom|helo); client-ip=([^; ]*); helo=([^; ]*); envelope-from=([^; ]*); receiver=([^; ]*);$/

t.test('no client can move a field of the line about SPF', (t) =>
  holds(
    t,
    'lines',
    fc.property(asked, hostileLine, hostileLine, hostileLine, ({ question }, sender, recipient, helo) => {
      const request = parseRequest([
        `sender=${sender}`,
        `recipient=${recipient}`,
        `helo_name=${helo}`,
        'queue_id=Q',
      ])
      const line = formatSpfLine({ result: 'none' }, question, request)
      must(!/[\p{Cc}\p{Zl}\p{Zp}]/u.test(line), 'a control character:', line)
      const [, queueId, , , heloName, envelopeFrom, receiver] = spfLine.exec(line) ?? []
      must(queueId === 'Q', 'another line:', line)
      for (const [shown, value] of [
        [heloName, request.heloName],
        [envelopeFrom, request.sender],
        [receiver, request.recipient],
      ]) {
        const read = readEscapedValue(shown ?? '')
        must(read !== undefined && value?.startsWith(read) === true, 'another value:', shown, value)
      }
    }),
  ),
)
