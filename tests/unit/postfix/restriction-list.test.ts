import t from 'tap'
import {
  findAnchor,
  findPolicy,
  insertPolicyAfter,
  referencedParameter,
  removePolicy,
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
    t.equal(insertPolicyAfter(before, index), after)
    t.equal(removePolicy(after), before)
  }
  t.equal(removePolicy(`${policy}, permit`), 'permit')
  t.equal(removePolicy(`a, ${policy}, b, ${policy}`), 'a, b')
  t.equal(removePolicy('check_policy_service { unix:private/tumgreyspf, timeout=9s } b'), 'b')
  t.equal(removePolicy('a, b'), 'a, b')
})

t.test('a list without blanks is what "postconf -P" takes', async (t) => {
  t.equal(withoutBlanks(`a ,  b ${policy}`), 'a,b,check_policy_service,unix:private/tumgreyspf')
  t.equal(withoutBlanks('a, { b c }'), undefined)
})

t.test('separators are the writer’s', async (t) => {
  t.equal(separatorOf('a b'), ' ')
  t.equal(separatorOf('a, b'), ', ')
  t.equal(separatorOf('a'), ', ')
  t.equal(separatorOf('x { b, c }'), ' ')
})
