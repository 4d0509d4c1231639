import t from 'tap'
import { parseIpAddress } from '../../../lib/net/ip-address.js'
import type { SpfQuery } from '../../../lib/spf/check-host.js'
import { expandMacros, needsValidatedName, parseMacroString } from '../../../lib/spf/macro-string.js'

function expand(text: string, client = '192.0.2.3', localPart = 'strong-bad'): string | undefined {
  const clientAddress = parseIpAddress(client)
  const parts = parseMacroString(text, 'explanation')
  if (clientAddress === undefined || parts === undefined) return undefined
  const query: SpfQuery = {
    clientAddress,
    identity: { kind: 'mailfrom', localPart, domain: 'email.example.com' },
    heloName: 'mx.example.org',
    receiver: 'mail.example.net',
    now: 1_700_000_000.9,
  }
  return expandMacros(parts, { query, domain: 'included.example.com', validatedName: 'mx.example.org' })
}

t.test('macros expand as in the examples of RFC 7208, section 7.4', async (t) => {
  const examples = {
    '%{s}': 'strong-bad@email.example.com',
    '%{o}': 'email.example.com',
    '%{o1}': 'com',
    '%{o4}': 'email.example.com',
    '%{or}': 'com.example.email',
    '%{o2r}': 'example.email',
    '%{l}': 'strong-bad',
    '%{l-}': 'strong.bad',
    '%{lr}': 'strong-bad',
    '%{lr-}': 'bad.strong',
    '%{l1r-}': 'strong',
    '%{ir}.%{v}._spf.%{o2}': '3.2.0.192.in-addr._spf.example.com',
    '%{lr-}.lp._spf.%{o2}': 'bad.strong.lp._spf.example.com',
    '%{lr-}.lp.%{ir}.%{v}._spf.%{o2}': 'bad.strong.lp.3.2.0.192.in-addr._spf.example.com',
    '%{o2}.trusted-domains.example.net': 'example.com.trusted-domains.example.net',
  }
  for (const [text, expanded] of Object.entries(examples)) t.equal(expand(text), expanded, text)
  t.equal(
    expand('%{ir}.%{v}._spf.%{o2}', '2001:db8::cb01')?.toLowerCase(),
    '1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com',
  )
})

t.test('%{d} is the domain whose record is evaluated, not the sender’s', async (t) => {
  t.equal(expand('%{d}'), 'included.example.com')
})

t.test('an explanation has macros of its own', async (t) => {
  t.equal(
    expand('%{c} %{r} %{t} %{p} %{h}'),
    '192.0.2.3 mail.example.net 1700000000 mx.example.org mx.example.org',
  )
  t.equal(expand('%{c}', '2001:DB8:0::1'), '2001:db8::1')
  t.equal(expand('100%% a%_b%-c'), '100% a b%20c')
  t.equal(parseMacroString('%{c}', 'domain'), undefined)
  t.equal(parseMacroString('a b', 'domain'), undefined)
})

t.test('a capital letter asks for URL escapes, of the UTF-8 bytes', async (t) => {
  t.equal(expand('%{L}', '192.0.2.3', '~jack&jill=up-a_b3.c'), '~jack%26jill%3Dup-a_b3.c')
  t.equal(expand('%{L}', '192.0.2.3', 'b\u00fc@'), 'b%C3%BC%40')
})

t.test('parts are split at any of the delimiters and joined with dots', async (t) => {
  t.equal(expand('%{l2r+-}', '192.0.2.3', 'foo-bar+zip+quux'), 'bar.foo')
  t.equal(expand('%{l.-+,/_=}', '192.0.2.3', 'a.b-c+d,e/f_g=h'), 'a.b.c.d.e.f.g.h')
  t.equal(expand('%{lR}', '192.0.2.3', 'a.b'), 'b.a', 'R is r')
  t.equal(expand('%{l999999999999}', '192.0.2.3', 'a.b'), 'a.b', 'more parts than there are')
})

t.test('a percent sign that starts no macro is a fault', async (t) => {
  for (const text of ['%', 'a%', '%a', '%{', '%{}', '%{d', '%{x}', '%{d0}', '%{d r}', '%{dr2}', '% '])
    t.equal(parseMacroString(text, 'explanation'), undefined, text)
  t.equal(parseMacroString('\u00ef', 'explanation'), undefined)
  t.equal(parseMacroString('a\nb', 'explanation'), undefined)
})

t.test('only "p" needs lookups', async (t) => {
  t.equal(needsValidatedName(parseMacroString('%{s}%{h}p', 'explanation') ?? []), false)
  t.equal(needsValidatedName(parseMacroString('%{P}', 'explanation') ?? []), true)
})
