import t from 'tap'
import { parseRecord, RecordError, selectRecords } from '../../../lib/spf/record.js'

const rightTerms = [
  'all',
  '-ALL',
  '?a',
  'a/24',
  'a//64',
  'a/0//0',
  'A:example.org/24//64',
  'a:foo:bar/baz.example.org',
  'a:foo/24.example.org',
  'a:example.xn--zckzah',
  'a:example.org.',
  'a:%{l1r-}.%{d}',
  'a:%{S}',
  'a:x%%',
  'a:x.%%.example',
  'exists:%%{i}._spf.%{d}',
  'mx',
  'mx:%{d2}/27',
  'ptr',
  'ptr:example.org',
  'include:_spf.example.org',
  'exists:%{ir}.%{v}._spf.%{d}',
  'exists:%{i}.%{s1}.100/86400.rate.%{d}',
  'ip4:192.0.2.0/24',
  'ip4:0.0.0.0/0',
  'ip6:2001:db8::/32',
  'ip6:::1.1.1.1/0',
  'redirect=_spf.example.org',
  'exp=explain.%{d}',
  'moo.cow-far_out=man:dog/cat',
  'unknown=',
  'unknown=%{d}%_%-',
]
const wrongTerms = [
  'all.',
  'all:example.org',
  'all/8',
  'moo',
  '+-all',
  '--all',
  'a:',
  'a/',
  'a/33',
  'a//129',
  'a/024',
  'a/24/64',
  'a/24//',
  'a:museum',
  'a:museum.',
  'a:example%%-',
  'a:example%%_',
  'exists:%%{i}._spf.%%{d}',
  'exp=%%{d}',
  'redirect=%%{d}',
  'a:%{d}.%%com',
  'a:%{d}com',
  'a:111.222.33.44',
  'a:example.-com',
  'a:example.com-',
  'a:example.org:8080',
  'a:foo.example.org\0',
  'a:foo\x7f.example.org',
  'a:ex\u00e4mple.org',
  'mx:',
  'ptr:',
  'ptr/0',
  'include',
  'include:',
  'include:example.org/24',
  'exists',
  'exists:example.org/24',
  'exists:%(ir).example.org',
  'exists:%{i0}.example.org',
  'exists:%{a}.example.org',
  'exists:%{c}.example.org',
  'exists:%{r}.example.org',
  'exists:%{t}.example.org',
  'exists:%{ir}.%.example.org',
  'exists:%{d!}.example.org',
  'ip4',
  'ip4:',
  'ip4:1.2.3',
  'ip4:1.2.3.4:8080',
  'ip4:1.2.3.4/',
  'ip4:1.2.3.4/33',
  'ip4:1.2.3.4/032',
  'ip4:1.2.3.4//32',
  'ip4:01.2.3.4',
  'ip4:2001:db8::1',
  'ip6',
  'ip6:1.2.3.4',
  'ip6:2001:db8::1/129',
  'ip6:2001:db8::1//32',
  'ip6:fe80::1%eth0',
  'ip6::CAFE::BABE',
  'redirect',
  'redirect=',
  'redirect:example.org',
  '-redirect=example.org',
  'redirect=-all',
  'exp=',
  'exp=-all',
  'exp=%{r}.example.org',
  '1up=foo',
  '=all',
  'moo.cow/far_out=man',
  'unknown=%abc',
  '\ta',
  'a\rptr',
]

t.test('terms of RFC 7208 are read', async (t) => {
  for (const term of rightTerms) t.notOk(parseRecord(`v=spf1 ${term}`) instanceof RecordError, term)
})

t.test('a term that is none makes the whole record wrong, wherever it stands', async (t) => {
  for (const term of wrongTerms) {
    t.ok(parseRecord(`v=spf1 ${term}`) instanceof RecordError, JSON.stringify(term))
    t.ok(parseRecord(`v=spf1 all ${term}`) instanceof RecordError, `${JSON.stringify(term)} after all`)
  }
})

t.test('unreadable terms are reported, clipped and escaped', async (t) => {
  t.same(parseRecord('v=spf1 mo"o'), new RecordError('cannot read "mo\\"o"'))
  t.same(parseRecord(`v=spf1 ${'m'.repeat(1000)}`), new RecordError(`cannot read "${'m'.repeat(80)}"`))
})

t.test('redirect= and exp= stand at most once, in any letter case', async (t) => {
  t.same(parseRecord('v=spf1 exp=a.example exp=b.example'), new RecordError('exp= occurs more than once'))
  t.same(
    parseRecord('v=spf1 redirect=a.example -all REDIRECT=a.example'),
    new RecordError('redirect= occurs more than once'),
  )
  t.notOk(parseRecord('v=spf1 other=a other=b') instanceof RecordError, 'others may repeat')
})

t.test('terms are separated by any number of blanks', async (t) => {
  t.match(parseRecord('v=spf1   a    -all  '), {
    directives: [{ name: 'a' }, { name: 'all', qualifier: '-' }],
  })
  t.match(parseRecord('v=spf1'), { directives: [] })
})

t.test('a record of 64 KB is read to its end', async (t) => {
  const many = parseRecord(`v=spf1${' ip4:192.0.2.1'.repeat(4_600)} -all`)
  t.equal(many instanceof RecordError ? 0 : many.directives.length, 4_601)
  t.ok(parseRecord(`v=spf1 a:${'/1'.repeat(32_000)}x`) instanceof RecordError)
  t.ok(parseRecord(`v=spf1 a/${'1'.repeat(64_000)}x`) instanceof RecordError)
  t.ok(parseRecord(`v=spf1 a:${'a.'.repeat(32_000)}-`) instanceof RecordError)
  t.ok(parseRecord(`v=spf1 a:${'%{d}'.repeat(16_000)}.`) instanceof RecordError)
})

t.test('the texts that are SPF records start with v=spf1 and end there or have a blank', async (t) => {
  const records = ['v=spf1', 'V=SPF1 -all', 'v=spf1 ']
  const others = ['v=spf10', ' v=spf1 -all', 'v=spf1\t-all', 'v=spf1-all', 'spf', '', 'v=spf2.0/pra -all']
  t.same(selectRecords([...records, ...others]), records)
})
