// The SPF record reader and the macros in a record, from the text that a domain publishes.
import { nameToAsk } from '../../../lib/spf/domain-name.js'
import { writeEngineRecord, type Target } from '../../../lib/spf/mailauth/engine-record.js'
import { expandMacros, parseMacroString, type MacroValues } from '../../../lib/spf/macro-string.js'
import { parseRecord, RecordError, selectRecords } from '../../../lib/spf/record.js'
import { must } from '../../helpers/properties.js'

const values: MacroValues = {
  query: {
    clientAddress: { family: 4, bytes: Uint8Array.of(192, 0, 2, 7) },
    identity: { kind: 'mailfrom', localPart: 'a.b-c+\u00fc', domain: 'mail.example.org' },
    heloName: 'helo.example.net',
    receiver: 'mx.example.com',
    now: 0,
  },
  domain: 'mail.example.org',
  validatedName: 'unknown',
}

/** A record is read whole or refused in words; its names can be asked, its explanation is bounded. */
export function fuzz(data: Buffer): void {
  const text = data.toString('latin1')
  const explanation = parseMacroString(text, 'explanation')
  if (explanation !== undefined) must(expandMacros(explanation, values).length < 5_000, 'a long explanation')
  const [selected = `v=spf1 ${text}`] = selectRecords([text])
  const record = parseRecord(selected)
  if (record instanceof RecordError) {
    must(/^\P{Cc}{1,700}$/u.test(record.reason), 'a reason:', record.reason)
    return
  }
  const targets: Target[] = []
  const written = writeEngineRecord(
    record,
    'mail.example.org',
    (target) => `t${String(targets.push(target))}.spf`,
  )
  must(/^v=spf1(?: [-+~?a-z0-9:./=]+)*$/i.test(written.text), 'the engine would see:', written.text)
  for (const { spec } of targets) {
    const name = spec && nameToAsk(expandMacros(spec, values, 'domain'))
    must(name === undefined || (name.length <= 253 && !name.includes('..')), 'a name:', name)
  }
}
