import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { normalizeSender, senderRules } from '../../../lib/greylist/normalize-sender.js'
import { holds } from '../../helpers/properties.js'
import { senderExamples } from '../../helpers/sender-examples.js'

const recipient = 'bob@example.org'
const examples = Object.values(senderExamples).flat()

for (const rule of senderRules)
  t.test(`normalizeSenders, ${rule.name}: ${rule.meaning}`, async (t) => {
    const shown = senderExamples[rule.name] ?? []
    t.not(shown.length, 0)
    for (const example of shown)
      t.equal(
        normalizeSender(example.sender, example.recipient ?? recipient),
        example.key,
        `${example.sender} becomes ${example.key}`,
      )
  })

t.test('two mails of one automatic sender have one key', async (t) => {
  const pairs = [
    ['prvs=143db7279=ann@example.com', 'prvs=2451ab33c=ann@example.com'],
    [
      'srs0=tbfe=wh=example.com=prvs=143db7279=ann@fwd.example',
      'srs0=ogrt=72=example.com=prvs=45084431a=ann@fwd.example',
    ],
    [
      'srs1=a+/=fwd.example==aaaa=bb=example.com=ann@x.example',
      'srs1=zz=fwd.example==cccc=dd=example.com=ann@x.example',
    ],
    ['list-return-1-bob=example.org@l.example', 'list-return-22-bob=example.org@l.example'],
    ['bounce-7a9f03-1@mail.example', 'bounce-04bb1d-2@mail.example'],
    ['m-0x2k3j4h5g6f@bounce.l.example', 'm-9zzk3j4h5g6f@bounce.l.example'],
  ] as const
  for (const [one, other] of pairs)
    t.equal(normalizeSender(one, recipient), normalizeSender(other, recipient))
})

t.test('senders without a local part or a domain stay as they are', async (t) => {
  for (const sender of ['', '<>', '@example.com', 'postmaster', '+tag@example.com', 'srs0=@example.com'])
    t.equal(normalizeSender(sender, recipient), sender)
})

t.test('the domain is kept and nothing grows, for any input', async (t) => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('srs0=', 'srs1=', '=', '==', '+', '-', 'prvs=', 'btv1==', 'bounce', '0a1b2c3d', '@'),
  )
  const text = fc.array(word, { maxLength: 30 }).map((words) => words.join(''))
  await holds(
    t,
    'normalizeSender',
    fc.property(text, fc.domain(), text, (localPart, domain, to) => {
      const key = normalizeSender(`${localPart}@${domain}`, to)
      return key.endsWith(`@${domain}`) && key.length <= localPart.length + 1 + domain.length
    }),
  )
})

t.test(
  'postgrey makes of the examples what the table says',
  { skip: existsSync('/usr/sbin/postgrey') ? false : 'no postgrey' },
  async (t) => {
    const script = `
      open my $file, '<', '/usr/sbin/postgrey'; local $/; my $source = <$file>;
      my ($sub) = $source =~ /(sub do_sender_substitutions.*?\\n\\})/s; eval "$sub; 1" or die $@;
      print join("\\n", map { do_sender_substitutions({}, $_) } @ARGV);`
    const { stdout } = spawnSync('perl', ['-e', script, ...examples.map(({ sender }) => sender)], {
      encoding: 'utf8',
    })
    t.same(
      stdout.split('\n'),
      examples.map(({ postgrey }) => postgrey),
    )
  },
)
