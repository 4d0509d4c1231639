// Which subjects there are on this machine, and why others are left out.
import { greylistAnswers, type Answers } from './answers.js'
import { askAboutNewTriplet, endSession } from './ask-once.js'
import type { Bench } from './bench-run.js'
import { startDnsServer } from './dns-server.js'
import { floorSubject, ownSubject } from './own-subjects.js'
import { mongodbAddress } from './mongodb.js'
import { policydSpf, postgrey } from './peers.js'
import { subjectName } from './results.js'
import type { Subject } from './subject.js'

/** What can be measured here; the floor comes first. */
export interface ChosenSubjects {
  readonly subjects: readonly Subject[]
  readonly skipped: readonly string[]
}

/** All senders of the load pass SPF, so that the greylist decides, and who passes it gets SPF's header. */
export const spfAnswers: Answers = {
  toNew: greylistAnswers.toNew,
  toKnown: ['action=prepend Received-SPF: Pass ', 'action=prepend Received-SPF: pass '],
}

/** Chooses the subjects. */
export async function chooseSubjects(
  bench: Bench,
  syslogPath: string,
  beside: readonly string[] | undefined,
): Promise<ChosenSubjects> {
  const greylist = { checkers: ['greylist'], database: 'sqlite', syslogPath }
  const subjects = [floorSubject, ownSubject(subjectName.greylistSqlite, greylist)]
  const skipped: string[] = []
  if (beside !== undefined)
    subjects.push(ownSubject('greylist, SQLite, beside', greylist, greylistAnswers, beside))

  const dns = await startDnsServer()
  const spf = { ...greylist, checkers: ['spf', 'greylist'], dnsServers: [dns.address] }
  const spfSqlite = ownSubject(subjectName.spfSqlite, spf, spfAnswers)
  await tryOnce(bench, spfSqlite)
  const hasSpf = dns.queries() > 0
  // With checks of the HELO name (spfHeloReject).
  const helo = ownSubject(subjectName.heloSqlite, { ...spf, sample: "spfHeloReject = 'Fail'" }, spfAnswers)
  if (hasSpf) subjects.push(spfSqlite, { ...helo, isOnlyStarted: true })
  else skipped.push(`${spfSqlite.name}: the built program asks no DNS server`)

  if (mongodbAddress === undefined || !hasSpf)
    skipped.push(
      `${subjectName.spfMongodb}: ${hasSpf ? 'TUMGREYSPF_TEST_MONGODB names no server' : 'no SPF, see above'}`,
    )
  else subjects.push(ownSubject(subjectName.spfMongodb, { ...spf, database: mongodbAddress }, spfAnswers))

  for (const peer of [postgrey(), policydSpf()]) {
    if ('missing' in peer) skipped.push(`${peer.name}: not installed (${peer.missing})`)
    else subjects.push(peer)
  }
  return { subjects, skipped }
}

async function tryOnce(bench: Bench, subject: Subject): Promise<void> {
  const installation = await subject.install()
  await bench.guard(subject.name, async () => {
    const session = await installation.connect()
    await askAboutNewTriplet(session, subject.answers)
    await endSession(session)
  })
  await installation.close()
}
