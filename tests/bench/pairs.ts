// What is asked in turns: what came after 1.38 beside the program without, and counting beside a build that does not count.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { greylistAnswers, type Answers } from './answers.js'
import { startDnsServer } from './dns-server.js'
import type { Pair } from './measure-pairs.js'
import { ownSubject } from './own-subjects.js'
import { pairName } from './results.js'
import { spfAnswers } from './subjects.js'

/** What the sample for new installations leaves off: it needs names of one's own. */
const stillOff = `
learnDays = 30
blackholeExpireDays = 30
greylistWhiteList = ['192.0.2.0/24', 'mail.example.org', '.example.com']
greylistRecipientWhiteList = ['postmaster@', '.example.com', 'user@example.net']
`
const toNew = ['action=defer_if_permit Greylisted, please try again in 1 minutes\n\n']

/** Chooses the pairs. */
export async function choosePairs(syslogPath: string): Promise<Pair[]> {
  const dns = await startDnsServer()
  const greylist = { checkers: ['greylist'], database: 'sqlite', syslogPath, dnsServers: [dns.address] }
  const spf = { ...greylist, checkers: ['spf', 'greylist'] }
  const sample = readFileSync('dist-config/tumgreyspf.conf', 'utf8') + stillOff
  const on = (answers: Answers): Answers => ({ ...answers, toNew })
  return [
    {
      name: pairName.spfEverything,
      base: ownSubject('spf+greylist', spf, spfAnswers),
      changed: ownSubject('spf+greylist, everything on', { ...spf, sample }, on(spfAnswers)),
    },
    {
      name: pairName.everything,
      base: ownSubject('greylist', greylist),
      changed: ownSubject('greylist, everything on', { ...greylist, sample }, on(greylistAnswers)),
    },
    {
      name: pairName.counted,
      base: ownSubject('greylist, not counted', greylist, greylistAnswers, copyBuild(withoutCounters)),
      changed: ownSubject(
        'greylist',
        greylist,
        greylistAnswers,
        copyBuild((text) => text),
      ),
    },
  ]
}

/** A copy of the built program beside it, where it finds its packages, after a change to its text. */
function copyBuild(change: (text: string) => string): readonly string[] {
  const directory = mkdtempSync('build/bench-')
  process.on('exit', () => {
    rmSync(directory, { recursive: true, force: true })
  })
  cpSync('build/bin', directory, { recursive: true })
  const server = join(directory, 'parts/policy-server.js')
  writeFileSync(server, change(readFileSync(server, 'utf8')))
  // The kept code was made of another text.
  for (const name of readdirSync(join(directory, 'parts')))
    if (name.endsWith('.code')) rmSync(join(directory, 'parts', name))
  return [process.execPath, join(directory, 'tumgreyspf.js')]
}

function withoutCounters(text: string): string {
  const [before = '', after, ...more] = text.split('count:counters.count')
  if (after === undefined || more.length > 0)
    throw new Error('the built program counts otherwise than expected')
  return `${before}count:void 0${after}`
}
