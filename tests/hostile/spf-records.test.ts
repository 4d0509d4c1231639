// SPF records and macro strings, whatever a domain publishes: parsed whole or refused, and expanded in bounds.
import fc from 'fast-check'
import t from 'tap'
import { nameToAsk } from '../../lib/spf/domain-name.js'
import { writeEngineRecord } from '../../lib/spf/mailauth/engine-record.js'
import { expandMacros, parseMacroString, type MacroValues } from '../../lib/spf/macro-string.js'
import { parseRecord, RecordError, selectRecords } from '../../lib/spf/record.js'
import { hostileBytes, hostileText, ipBytes } from '../helpers/hostile-values.js'
import { holds, must, seed } from '../helpers/properties.js'
import { spfRecord } from '../helpers/spf-arbitraries.js'

t.test('a record is read whole or refused in words', (t) =>
  holds(
    t,
    'records',
    fc.property(
      fc.oneof(
        spfRecord,
        hostileBytes.map((bytes) => `v=spf1 ${bytes}`),
      ),
      (text) => {
        must(selectRecords([text]).length === 1 || !/^v=spf1(?: |$)/i.test(text), 'not selected')
        const record = parseRecord(text)
        if (record instanceof RecordError) {
          must(/^\P{Cc}{1,700}$/u.test(record.reason), 'a reason:', record.reason)
          return
        }
        // The engine sees names of ours and addresses, and nothing else that came from outside.
        let names = 0
        const written = writeEngineRecord(record, 'example.org', () => `t${String((names += 1))}.spf`)
        const term =
          /[-+~?](?:all|(?:include|exists):t\d+\.spf|(?:a|mx):t\d+\.spf\/\d+\/\/\d+|ip[46]:[0-9a-f:.]+\/\d+)/i
        const whole = new RegExp(`^v=spf1(?: (?:${term.source}|redirect=t\\d+\\.spf))*$`, 'i')
        must(whole.test(written.text), 'the engine would see:', written.text)
      },
    ),
    1_000,
  ),
)

const values = fc
  .record({ bytes: ipBytes, localPart: hostileText, domain: fc.domain(), heloName: hostileText })
  .map(({ bytes, localPart, domain, heloName }): MacroValues => ({
    query: {
      clientAddress: { family: bytes.length === 4 ? 4 : 6, bytes },
      identity: { kind: 'mailfrom', localPart, domain },
      heloName,
      receiver: 'mx.example.com',
      now: 0,
    },
    domain,
    validatedName: 'unknown',
  }))
const macros = fc
  .array(
    fc.oneof(
      fc
        .tuple(
          fc.constantFrom(...Array.from('slodiphvcrtSLODIPHVCRTx')),
          fc.constantFrom('', '1', '2', '128', '99999999999999999999'),
          fc.constantFrom('', 'r', 'R'),
          fc.constantFrom('', '-', '.-+,/_=', '...'),
        )
        .map(([letter, keep, reverse, delimiters]) => `%{${letter}${keep}${reverse}${delimiters}}`),
      fc.constantFrom('%%', '%_', '%-', '.', 'a', '-'),
      hostileBytes,
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''))

t.test('a macro string expands to a name that can be asked, or to none', (t) =>
  holds(
    t,
    'names',
    fc.property(macros, values, (text, known) => {
      const parts = parseMacroString(text, 'domain')
      if (parts === undefined) return
      const name = nameToAsk(expandMacros(parts, known, 'domain'))
      if (name === undefined) return
      must(name.length <= 253 && /^[\x20-\x7e]+$/.test(name) && name === name.toLowerCase(), 'a name:', name)
      must(
        name.split('.').every((label) => label.length >= 1 && label.length <= 63),
        'a label:',
        name,
      )
    }),
    1_000,
  ),
)

t.test('a long record and a long local part take bounded time and memory', async (t) => {
  for (const macro of ['%{l}', '%{l1r-}', '%{lr.-+,/_=}', '%{L}', '%{h}%{s}', '%{l1}', '%{l99999r}', '%{l}.'])
    for (const localPart of [
      '.'.repeat(65_000),
      'a.'.repeat(32_000),
      '\u00fc'.repeat(32_000),
      'a'.repeat(64_000),
    ])
      for (const use of ['domain', 'explanation'] as const) {
        const parts = parseMacroString(macro.repeat(Math.floor(65_000 / macro.length)), use) ?? []
        const [sample] = fc.sample(values, { seed, numRuns: 1 })
        if (sample === undefined) throw new Error('no sample')
        const identity = { kind: 'mailfrom', localPart, domain: 'example.org' } as const
        const query = { ...sample.query, identity, heloName: localPart }
        const start = process.cpuUsage()
        const expanded = expandMacros(parts, { ...sample, query }, use)
        const { user, system } = process.cpuUsage(start)
        const seconds = (user + system) / 1e6
        if (expanded.length > 20_000 || seconds > 5)
          t.fail(`${macro} ${use}`, { length: expanded.length, seconds })
      }
  t.pass('none took more')
})
