// SPF records that domains could publish: most of them nearly right, which leads further into the code than noise.
import fc, { type Arbitrary } from 'fast-check'
import { hostileBytes } from './hostile-values.js'

/** Few names, so that records refer to each other, and to themselves. */
export const spfDomains = ['a.example', 'b.example', 'c.example', 'd.a.example', '_spf.example']

const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...spfDomains) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('%{d}', '%{i}.a.example', '%{l}.b.example', '%{p}', '%{ir}.%{v}.%{d2}'),
  },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(300), 'nowhere.example', 'a..b', '__proto__', '.') },
)
const length = fc.constantFrom('', '', '/24', '//64', '/0', '/33', '/24//64', '/')
const term = fc.oneof(
  fc.constantFrom(
    '-all',
    '~all',
    '?all',
    'all',
    'ptr',
    'a',
    'mx',
    'ALL',
    '',
    'unknown',
    'all=',
    'exp=',
    'x=y',
  ),
  fc
    .tuple(fc.constantFrom('a', 'mx', '-mx', '~a'), name, length)
    .map(([kind, host, end]) => `${kind}:${host}${end}`),
  fc
    .tuple(fc.constantFrom('include:', '?include:', 'exists:', 'ptr:', 'redirect=', 'exp='), name)
    .map((parts) => parts.join('')),
  fc.tuple(fc.oneof(fc.ipV4(), fc.constant('192.0.2.7')), length).map((parts) => `ip4:${parts.join('')}`),
  fc
    .tuple(fc.oneof(fc.ipV6(), fc.constant('::ffff:192.0.2.7')), length)
    .map((parts) => `-ip6:${parts.join('')}`),
  { weight: 1, arbitrary: hostileBytes },
)

/** Texts that are SPF records at their start. */
export const spfRecord: Arbitrary<string> = fc
  .tuple(fc.constantFrom('v=spf1', 'v=spf1', 'V=SPF1', 'v=spf10'), fc.array(term, { maxLength: 14 }))
  .map(([start, terms]) => [start, ...terms].join(' '))
