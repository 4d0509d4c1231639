import t from 'tap'
import {
  findAnchor,
  findPolicy,
  findPlace,
  holdsOurs,
  insertRestriction,
  listPolicyEndpoints,
  referencedParameter,
  removeOurs,
  separatorOf,
  splitRestrictions,
  withoutBlanks,
} from '../../../lib/postfix/restriction-list.js'

const words = (text: string): string[] => splitRestrictions(text).map((element) => element.text)
const policy = 'check_policy_service unix:private/tumgreyspf'

t.test('commas and blanks separate, braces hold together', async (t) => {
  t.same(words('a, b c,d  ,, e'), ['a', 'b', 'c', 'd', 'e'])
  t.same(words(' \n\t'), [])
  t.same(words('check_client_access { inline:{a = b}, default_action=DUNNO }, permit'), [
    'check_client_access',
    '{ inline:{a = b}, default_action=DUNNO }',
    'permit',
  ])
  t.same(words('check_client_access inline:{a = b, c = d} permit'), [
    'check_client_access',
    'inline:{a = b, c = d}',
    'permit',
  ])
  t.same(words('{ never closed, permit'), ['{ never closed, permit'])
})

t.test('the anchor and the policy service are found in any case', async (t) => {
  t.equal(findAnchor(splitRestrictions('permit_mynetworks REJECT_unauth_destination')), 1)
  t.equal(findAnchor(splitRestrictions('defer_unauth_destination')), 0)
  t.equal(findAnchor(splitRestrictions('permit')), -1)
  t.equal(findPolicy(splitRestrictions(`a, ${policy}`)), 1)
  t.equal(findPolicy(splitRestrictions('check_policy_service { unix:private/tumgreyspf, timeout=10s }')), 0)
  t.equal(findPolicy(splitRestrictions('check_policy_service unix:private/tumgreyspf2')), -1)
  t.equal(findPolicy(splitRestrictions('check_policy_service inet:127.0.0.1:10023')), -1)
  t.equal(findPolicy(splitRestrictions('check_policy_service')), -1)
})

t.test('a parameter that an element stands for is recognized', async (t) => {
  for (const text of ['$mine', '${mine}', '$(mine)']) t.equal(referencedParameter(text), 'mine')
  for (const text of ['mine', '${mine?a}', '$', 'a$mine']) t.equal(referencedParameter(text), undefined)
})

t.test('the policy service goes in and out without touching the rest', async (t) => {
  const cases: readonly (readonly [before: string, index: number, after: string])[] = [
    ['a, reject_unauth_destination, b', 1, `a, reject_unauth_destination, ${policy}, b`],
    ['a reject_unauth_destination b', 1, `a reject_unauth_destination ${policy} b`],
    ['a,reject_unauth_destination', 1, `a,reject_unauth_destination, ${policy}`],
    ['reject_unauth_destination', 0, `reject_unauth_destination, ${policy}`],
    ['a  ,reject_unauth_destination ,{ b c }', 1, `a  ,reject_unauth_destination, ${policy} ,{ b c }`],
  ]
  for (const [before, index, after] of cases) {
    t.equal(insertRestriction(before, index, policy), after)
    t.equal(removeOurs(after), before)
  }
  t.equal(removeOurs(`${policy}, permit`), 'permit')
  t.equal(removeOurs(`a, ${policy}, b, ${policy}`), 'a, b')
  t.equal(removeOurs('check_policy_service { unix:private/tumgreyspf, timeout=9s } b'), 'b')
  t.equal(removeOurs('a, b'), 'a, b')
})

t.test('our restrictions are known wherever they stand', async (t) => {
  t.equal(insertRestriction('a, b', -1, policy), `${policy}, a, b`)
  t.equal(insertRestriction('', -1, policy), policy)
  t.equal(removeOurs('check_sasl_access static:tumgreyspf_learn, a'), 'a')
  t.equal(removeOurs('a,check_sasl_access,static:tumgreyspf_learn,b'), 'a,b')
  t.equal(removeOurs('mine, tumgreyspf_learn'), 'mine')
  t.ok(holdsOurs('check_sasl_access static:tumgreyspf_learn'))
  t.notOk(holdsOurs('check_sasl_access static:tumgreyspf_learns'))
  t.same(
    listPolicyEndpoints(splitRestrictions(`a ${policy} check_policy_service { inet:[::1]:9, timeout=9s }`)),
    ['unix:private/tumgreyspf', 'inet:[::1]:9'],
  )
})

t.test('the place is behind the refusals that follow', async (t) => {
  for (const [text, place] of [
    ['reject_unauth_destination', 0],
    ['reject_unauth_destination, permit, reject_rbl_client x', 0],
    ['reject_unauth_destination, reject_rbl_client x, permit', 2],
    ['reject_unauth_destination, check_client_access a:b, permit', 0],
    ['reject_unauth_destination, check_client_access a:b, reject_unlisted_recipient', 3],
    ['reject_unauth_destination, check_policy_service a:b, reject_rbl_client x', 4],
    ['reject_unauth_destination, mine, reject_rbl_client x', 0],
    ['reject_unauth_destination, reject_rbl_client', 1],
  ] as const)
    t.equal(findPlace(splitRestrictions(text), 0), place, text)
})

t.test('"postconf -P" accepts only a list without blanks', async (t) => {
  t.equal(withoutBlanks(`a ,  b ${policy}`), 'a,b,check_policy_service,unix:private/tumgreyspf')
  t.equal(withoutBlanks('a, { b c }'), undefined)
})

t.test('separators are the writer’s', async (t) => {
  t.equal(separatorOf('a b'), ' ')
  t.equal(separatorOf('a, b'), ', ')
  t.equal(separatorOf('a'), ', ')
  t.equal(separatorOf('x { b, c }'), ' ')
})
