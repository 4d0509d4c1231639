// Values as an attacker would send them: names that every object has, ways out of a directory, ends
// of lines and quotes, bytes that are no text, what means something to a terminal, a page, a header or a macro, and
// much of one kind.
import fc, { type Arbitrary } from 'fast-check'
import { decodeBytes } from '../../lib/system/byte-text.js'

/** Names that every object of JavaScript has, or that change one. */
export const objectNames = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']

/** Names of the policy protocol. */
export const attributeNames = [
  'request',
  'client_address',
  'helo_name',
  'sender',
  'recipient',
  'queue_id',
  'instance',
  'sasl_username',
]

const traps = [
  ...objectNames,
  ...['..', '.', '/', '../', '../../etc/passwd', '%2f', '%2e%2e%2f', '%00', '\0', '__default__', '~', '*'],
  ...[
    '\r',
    '\r\n',
    '\t',
    ' ',
    '"',
    '\\',
    '\\"',
    "'",
    '`',
    '=',
    ';',
    '; ',
    ',',
    ':',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
  ],
  ...['@', '@@', '<', '>', '<>', '<script>', '&lt;', '--', '#', '$', '$(id)', '|', '\x1b[2J', '\x07', '\x7f'],
  // In UTF-8: next line, line separator, right-to-left override, byte order mark, a capital that two letters become in
  // lower case, and letters whose code ends in that of a line end.
  ...['\xc2\x85', '\xe2\x80\xa8', '\xe2\x80\xae', '\xef\xbb\xbf', '\xc4\xb0', '\xc4\x8a', '\xe0\xb4\x8a'],
  // No UTF-8: stray, cut short, over-long, a surrogate, beyond Unicode.
  ...['\xff', '\x80', '\xe2\x82', '\xc0\xaf', '\xed\xa0\x80', '\xf4\x90\x80\x80'],
  ...['%', '%%', '%{l}', '%{d}', '%{s}', '%{p}', '%{i}', '%{lr-+}', '%{'],
  ...[
    'a',
    'Z',
    '0',
    'xn--',
    'example.org',
    'user@example.net',
    '192.0.2.7',
    '::1',
    '::ffff:192.0.2.7',
    '-1',
    '1e9',
  ],
]

const byteRun = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 12,
})
const piece = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...traps) },
  { weight: 2, arbitrary: byteRun },
  { weight: 1, arbitrary: fc.domain() },
)
const muchOfIt = fc
  .tuple(fc.constantFrom(...traps), fc.integer({ min: 1, max: 66_000 }))
  .map(([text, length]) => text.repeat(Math.ceil(length / text.length)).slice(0, length))

/** Strings of bytes (each character 0 to 255), some of them longer than a line may be. */
export const hostileBytes: Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')) },
  { weight: 1, arbitrary: muchOfIt },
)

/** The same on one line. */
export const hostileLine: Arbitrary<string> = hostileBytes.map((bytes) => bytes.replaceAll('\n', ''))

/** The same as text in a request. */
export const hostileText: Arbitrary<string> = hostileBytes.map(decodeBytes)

/** Sender and recipient, more often than not with a domain. */
export const hostileAddress: Arbitrary<string> = fc.oneof(
  hostileText,
  fc.tuple(hostileText, hostileText).map(([localPart, domain]) => `${localPart}@${domain}`),
  fc.tuple(hostileText, fc.domain()).map(([localPart, domain]) => `${localPart}@${domain}`),
)

/** IP addresses in bytes. */
export const ipBytes: Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  // Long runs of zero, which text leaves out.
  fc
    .array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 })
    .map((bytes) => Uint8Array.from(bytes)),
)
