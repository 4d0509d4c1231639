// A short run of "make soak", the figures of which depend on the machine and are not judged.
import { spawnSync } from 'node:child_process'
import t from 'tap'
import type { SoakReport } from './report.js'
import { judge } from './report.js'

const requests = 20_000

t.test('a short soak: all answers right, nothing logged, the store as it must be', async (t) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['build/checked/tests/soak/soak.js', '--requests', String(requests), '--untimed', '--json'],
    { encoding: 'utf8' },
  )
  t.equal(status, 0, stderr)
  const report = JSON.parse(stdout) as SoakReport
  t.same(report.faults, [])
  t.equal(report.deferred + report.passed, requests)
  t.ok(report.passed > 100, `${String(report.passed)} passed`)
  t.ok(report.processes > 5, 'some smtpd changed their process')
  t.equal(report.logLines + report.lostLines, requests, 'each answer was logged')
  t.ok(report.cleans > 0, 'clean ran')
})

t.test('a run with a fault, another store, growing memory or slower answers is not accepted', async (t) => {
  const steady = { p50: 1, p99: 5, memory: [{ resident: 80, own: 60, lowestOwn: 55 }] }
  const report: SoakReport = {
    requests,
    seconds: 5,
    processes: 7,
    deferred: requests,
    passed: 0,
    triplets: requests,
    logLines: requests,
    lostLines: 0,
    cleans: 1,
    removed: 0,
    entries: { found: 7, least: 7, most: 8 },
    tenths: Array.from({ length: 10 }, () => steady),
    storeMebibytes: 10,
    isTimed: true,
    faults: [],
  }
  const isMet = (changes: Partial<SoakReport>): boolean =>
    judge({ ...report, ...changes }).every((outcome) => outcome.isMet)
  const endingWith = (last: Partial<typeof steady>): Partial<SoakReport> => ({
    tenths: [...report.tenths.slice(0, 7), ...Array.from({ length: 3 }, () => ({ ...steady, ...last }))],
  })
  t.equal(isMet({}), true)
  t.equal(isMet({ faults: ['a wrong answer'] }), false)
  t.equal(isMet({ entries: { found: 9, least: 7, most: 8 } }), false)
  t.equal(isMet(endingWith({ memory: [{ resident: 80, own: 90, lowestOwn: 67 }] })), false)
  t.equal(
    isMet(endingWith({ memory: [{ resident: 99, own: 90, lowestOwn: 65 }] })),
    true,
    'garbage and cache',
  )
  t.equal(isMet({ logLines: requests - 5, lostLines: 4 }), false)
  t.equal(isMet(endingWith({ p99: 11 })), false)
  t.equal(
    isMet({ ...endingWith({ memory: [{ resident: 80, own: 90, lowestOwn: 67 }] }), isTimed: false }),
    true,
  )
})
