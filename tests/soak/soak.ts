// make soak: a day's traffic of a busy mail server through the built programs, with tumgreyspf-clean beside it. What a
// day is, and what of it is compressed, is in traffic.ts.
import { readdirSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Bench } from '../bench/bench-run.js'
import { cleanUpAtExit, makeTemporaryDirectory } from '../bench/cleanup.js'
import { ownCommand } from '../bench/own-subjects.js'
import { cleanOnce, cleanRepeatedly, runTool, type ToolRun } from './cleaner.js'
import { watchLog } from './log-watch.js'
import { formatReport, judge, type SoakReport } from './report.js'
import { Smtpd } from './smtpd.js'
import { Tenths } from './tenths.js'
import { delaySeconds, expirySeconds, Traffic } from './traffic.js'

const help = `usage: make soak SOAK="[OPTION...]"

--requests N   1,000,000 if not given
--untimed      memory and latency are shown, and not judged
--seed N       draws the same traffic again
--json         the report for machines
--help         shows this help
`
/** Two smtpd keep their policy process through the run, the others change it after some thousand requests. */
const requestsPerProcess = [Infinity, Infinity, 2_000, 3_000, 5_000]

cleanUpAtExit()
const { values: options } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000000' },
    untimed: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (options.help) {
  writeSync(1, help)
  process.exit(0)
}
const report = await soak(Number(options.requests))
writeSync(1, options.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report))
process.exit(judge(report).every(({ isMet }) => isMet) ? 0 : 1)

async function soak(requests: number): Promise<SoakReport> {
  const faults: string[] = []
  const fault = (text: string): void => {
    if (faults.length < 1_000) faults.push(text)
  }
  const directory = makeTemporaryDirectory()
  const log = await watchLog(directory, (line) => {
    fault(`logged: ${line}`)
  })
  const settingsPath = writeSettings(directory, log.path)
  const traffic = new Traffic(Number(options.seed), Date.now() / 1_000)
  const tenths = new Tenths(requests)
  const bench = new Bench()
  let asked = 0
  const run = {
    traffic,
    command: [...ownCommand, settingsPath],
    claim: () => (asked += 1) <= requests,
    answered: (milliseconds: number) => {
      tenths.add(milliseconds)
    },
    fault,
  }
  const smtpds = requestsPerProcess.map((count) => new Smtpd(run, count))
  const longLived = smtpds.filter((smtpd) => smtpd.requestsPerProcess === Infinity)

  let cleans = 0
  let removed = 0
  const cleaned = ({ status, errors, output, start, end }: ToolRun, count: number): void => {
    if (status !== 0 || errors !== '' || Number.isNaN(count))
      fault(`clean: status ${String(status)}: ${errors}${output}`)
    cleans += 1
    removed += count
    kept = traffic.countKept(start, end)
  }
  let kept = { least: 0, most: 0 }
  const stop = new AbortController()
  const cleaning = cleanRepeatedly(settingsPath, stop.signal, cleaned)
  const looking = look()

  const start = Date.now()
  await Promise.all(smtpds.map((smtpd) => smtpd.work()))
  const seconds = (Date.now() - start) / 1_000
  stop.abort()
  await Promise.all([cleaning, looking])
  await cleanOnce(settingsPath, cleaned)
  const listing = await runTool('tumgreyspf-stat', '-c', settingsPath, '--json')
  if (listing.status !== 0 || listing.errors !== '') fault(`stat: ${listing.errors}`)
  const { came: logLines, lost: lostLines } = await log.stop()
  bench.progress('')
  return {
    requests,
    seconds,
    processes: smtpds.reduce((sum, smtpd) => sum + smtpd.processes, 0),
    deferred: smtpds.reduce((sum, smtpd) => sum + smtpd.deferred, 0),
    passed: smtpds.reduce((sum, smtpd) => sum + smtpd.passed, 0),
    triplets: traffic.count,
    logLines,
    lostLines,
    cleans,
    removed,
    entries: { found: listing.output.split('\n').length - 1, ...kept },
    storeMebibytes: measureStore(join(directory, 'data')),
    tenths: tenths.all,
    isTimed: !options.untimed,
    faults,
  }

  async function look(): Promise<void> {
    while (!stop.signal.aborted) {
      tenths.look(longLived.flatMap(({ pid }) => pid ?? []))
      bench.progress(
        `${Math.min(asked, requests).toLocaleString('en')} of ${requests.toLocaleString('en')} requests`,
      )
      await sleep(500, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }
}

function measureStore(directory: string): number {
  const sizes = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('tumgreyspf.db'))
    .map((name) => statSync(join(directory, name)).size)
  return sizes.reduce((sum, size) => sum + size, 0) / 2 ** 20
}

function writeSettings(directory: string, syslogPath: string): string {
  const path = join(directory, 'tumgreyspf.conf')
  const lines = [
    `checkers = ['greylist']`,
    `greylistTime = ${String(delaySeconds)}`,
    `greylistExpireDays = ${String(expirySeconds / 86_400)}`,
    `dbUrl = 'sqlite://${directory}/data/tumgreyspf.db'`,
    `syslogAddress = '${syslogPath}'`,
  ]
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}
