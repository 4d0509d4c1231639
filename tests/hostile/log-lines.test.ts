// Log lines made of what clients say: one line with its fields in place, and from each field what it was made of.
import fc from 'fast-check'
import t from 'tap'
import { escapeValue, maximumValueLength } from '../../lib/log/escape.js'
import { formatRequestLine } from '../../lib/log/request-line.js'
import { parseRequest } from '../../lib/policy/policy-request.js'
import { hostileLine, hostileText } from '../helpers/hostile-values.js'
import { holds, must } from '../helpers/properties.js'
import { readEscapedValue } from '../helpers/escaped-value.js'

const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

t.test('an escaped value is the start of the original, and all of it if that is short', (t) =>
  holds(
    t,
    'values',
    fc.property(fc.oneof(hostileText, fc.string({ unit: 'binary' })), (value) => {
      const escaped = escapeValue(value)
      must(escaped.length <= maximumValueLength, 'too long:', escaped.length)
      must(!invisible.test(escaped), 'an invisible character:', escaped)
      const read = readEscapedValue(escaped)
      must(read !== undefined && value.startsWith(read), 'another value:', escaped)
      // An escape has 10 characters at the most.
      must(value.length > maximumValueLength / 10 || read === value, 'cut short:', escaped)
    }),
    2_000,
  ),
)

t.test('two short values that differ look different', (t) =>
  holds(
    t,
    'values',
    fc.property(hostileText, hostileText, (one, other) => {
      const isShort = one.length < 50 && other.length < 50
      must(!isShort || (one === other) === (escapeValue(one) === escapeValue(other)), 'they look alike')
    }),
    2_000,
  ),
)

const field = '"((?:[^"\\\\]|\\\\.)*)"'
const requestLine = new RegExp(
  `^Initial greylisting: REMOTEIP=${field} HELO=${field} SENDER=${field} RECIPIENT=${field} QUEUEID=${field}$`,
)

t.test('no client can move a field of a line, or begin another line', (t) =>
  holds(
    t,
    'lines',
    fc.property(hostileLine, hostileLine, hostileLine, hostileLine, hostileLine, (...values) => {
      const names = ['client_address', 'helo_name', 'sender', 'recipient', 'queue_id']
      const request = parseRequest(names.map((name, index) => `${name}=${values[index] ?? ''}`))
      const line = formatRequestLine('Initial greylisting', request)
      const shown = requestLine.exec(line)?.slice(1).map(readEscapedValue)
      const { clientAddress, heloName, sender, recipient, queueId } = request
      for (const [index, value] of [clientAddress, heloName, sender, recipient, queueId].entries()) {
        const start = shown?.[index]
        must(start !== undefined && value?.startsWith(start) === true, 'another field:', line)
      }
    }),
  ),
)
