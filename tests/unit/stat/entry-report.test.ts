import { usualExpiry } from '../../helpers/requests.js'
import t from 'tap'
import type { Entry } from '../../../lib/greylist/entry.js'
import { entryMarks, reportEntry } from '../../../lib/stat/entry-report.js'
import { storedEntry } from '../stores/admin-store-contract.js'

const { triplet } = storedEntry('192.0.2.7', 'a@example.net', 'b@example.org')
const halfDay = 43_200
const day = 86_400

t.test('an entry is in one state at a time', async (t) => {
  const first: Entry = {
    clientAddress: '192.0.2.7',
    firstSeen: 1_000,
    allowedFrom: 1_300,
    lastSeen: 1_000,
    count: 1,
  }
  const back: Entry = { ...first, lastSeen: 1_300, count: 2 }
  const cases: readonly (readonly [Entry, now: number, state: string, marks: string])[] = [
    [first, 1_000, 'pending', 'Blocked,Pending'],
    [first, 1_299, 'pending', 'Blocked,Pending'],
    [first, 1_300, 'unreturned', 'Blocked'],
    [first, 1_300 + halfDay, 'unreturned', 'Blocked'],
    [first, 1_301 + halfDay, 'expired', 'Blocked'],
    [back, 1_300, 'passed', ''],
    [back, 1_300 + 10 * day, 'passed', ''],
    [back, 1_301 + 10 * day, 'expired', ''],
  ]
  for (const [entry, now, state, marks] of cases) {
    t.equal(reportEntry({ triplet, entry }, now, usualExpiry).state, state, `${String(now)} ${state}`)
    t.equal(entryMarks({ triplet, entry }, now).join(), marks)
  }
})
