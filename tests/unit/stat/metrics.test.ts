import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { counterNames } from '../../../lib/counters/counter-names.js'
import { formatMetrics } from '../../../lib/stat/metrics.js'
import { SqliteAdminStore } from '../../../lib/stores/sqlite/sqlite-admin-store.js'
import { localDay } from '../../../lib/counters/counters.js'
import { parseOpenMetrics } from '../../helpers/openmetrics.js'
import { agedEntry, makeSettings, runProgram } from '../../helpers/run-program.js'

const skip = spawnSync('sh', ['-c', 'command -v promtool']).status === 0 ? false : 'no promtool'
const figures = {
  counts: new Map(counterNames.map((name, index) => [name, index + 1])),
  states: { pending: 1, unreturned: 2, passed: 3, expired: 4 },
  due: 5,
  keptOut: 6,
  now: 1_764_000_000.4,
}
const metrics = formatMetrics(figures, 'prometheus')

t.test('promtool has nothing to say against the metrics', { skip }, async (t) => {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: metrics,
    encoding: 'utf8',
  })
  t.same([status, stdout, stderr], [0, '', ''])
})

t.test('OpenMetrics text is as its specification has it, with the same samples', async (t) => {
  const text = formatMetrics(figures, 'openmetrics')
  const samples = parseOpenMetrics(text)
  const sampleLines = (written: string): string[] =>
    written.split('\n').filter((line) => !line.startsWith('#'))
  t.same(sampleLines(text), sampleLines(metrics))
  t.equal(samples.length, sampleLines(text).length - 1)
  t.throws(() => parseOpenMetrics(metrics), {
    message: /^no sample of the counter tumgreyspf_requests_total: /,
  })
  t.same(
    parseOpenMetrics(formatMetrics({ ...figures, counts: new Map() }, 'openmetrics')).length,
    samples.length,
    'what was never counted is 0',
  )
})

t.test('promtool takes the alert rules', { skip }, async (t) => {
  const { status, stdout } = spawnSync(
    'promtool',
    ['check', 'rules', 'dist-config/prometheus/tumgreyspf-alerts.yml'],
    {
      encoding: 'utf8',
    },
  )
  t.equal(status, 0)
  t.match(stdout, 'SUCCESS: 5 rules found')
})

/** Sums of counters and gauges over seven hours, a value a minute. */
const quiet = {
  'requests_total{instance="mx", verdict="passed"}': '0+2x500',
  'requests_total{instance="mx", verdict="deferred"}': '0+2x500',
  'requests_total{instance="mx", verdict="rejected"}': '0x500',
  'store_errors_total{instance="mx"}': '5x500',
  'dns_timeouts_total{instance="mx"}': '0+0.5x500',
  'written_timestamp_seconds{instance="mx"}': '0+60x500',
}

t.test('each alert fires when it should, and not otherwise', { skip }, async (t) => {
  const directory = t.testdir()
  const alerts = {
    TumgreyspfStoreErrors: [
      'critical',
      'tumgreyspf on mx cannot reach its store: mail passes unchecked or is deferred',
      { 'store_errors_total{instance="mx"}': '5x415 6x80' },
    ],
    TumgreyspfDnsTimeouts: [
      'warning',
      'SPF lookups on mx run out of time: mail is deferred',
      { 'dns_timeouts_total{instance="mx"}': '0+2x500' },
    ],
    TumgreyspfNothingPasses: [
      'critical',
      'nothing has passed tumgreyspf on mx for an hour',
      { 'requests_total{instance="mx", verdict="passed"}': '5x500' },
    ],
    TumgreyspfEverythingPasses: [
      'warning',
      'tumgreyspf on mx has deferred and rejected nothing for six hours',
      { 'requests_total{instance="mx", verdict="deferred"}': '7x500' },
    ],
    TumgreyspfMetricsOld: [
      'warning',
      'the metrics of tumgreyspf on mx are older than 15 minutes',
      { 'written_timestamp_seconds{instance="mx"}': '0+60x400 24000x100' },
    ],
  } as const
  const firing = (name: string | undefined): string =>
    Object.entries(alerts)
      .map(([alertname, [severity, summary]]) => {
        const expected =
          alertname === name
            ? `\n          - exp_labels: {severity: ${severity}, instance: mx}\n            exp_annotations: {summary: '${summary}'}`
            : ' []'
        return `      - alertname: ${alertname}\n        eval_time: 7h\n        exp_alerts:${expected}\n`
      })
      .join('')
  const evaluate = (name: string | undefined, changes: Readonly<Record<string, string>>): void => {
    const series = Object.entries({ ...quiet, ...changes })
      .map(([metric, values]) => `      - series: 'tumgreyspf_${metric}'\n        values: '${values}'\n`)
      .join('')
    const path = `${directory}/${name ?? 'none'}.yml`
    writeFileSync(
      path,
      `rule_files: ['${process.cwd()}/dist-config/prometheus/tumgreyspf-alerts.yml']\nevaluation_interval: 1m\ntests:\n` +
        `  - interval: 1m\n    input_series:\n${series}    alert_rule_test:\n${firing(name)}`,
    )
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', path], { encoding: 'utf8' })
    t.equal(status, 0, `${name ?? 'none'}: ${stdout}${stderr}`)
  }
  evaluate(undefined, {})
  for (const [name, [, , changes]] of Object.entries(alerts)) evaluate(name, changes)
  const { stdout } = spawnSync('grep', ['-c', 'alert:', 'dist-config/prometheus/tumgreyspf-alerts.yml'], {
    encoding: 'utf8',
  })
  t.equal(stdout, `${String(Object.keys(alerts).length)}\n`, 'all of them')
})

t.test('alerts and dashboard ask for metrics that there are', async (t) => {
  const names = new Set([...metrics.matchAll(/^(tumgreyspf_\w+)/gm)].map(([, name]) => name))
  const dashboard = readFileSync('dist-config/prometheus/tumgreyspf-grafana.json', 'utf8')
  t.equal((JSON.parse(dashboard) as { title: string }).title, 'tumgreyspf')
  const alerts = readFileSync('dist-config/prometheus/tumgreyspf-alerts.yml', 'utf8').replace(/^#.*$/gm, '')
  const asked = [...(dashboard + alerts).matchAll(/\btumgreyspf_\w+/g)].map(([name]) => name)
  t.ok(asked.length > 15)
  for (const name of asked) t.ok(names.has(name), name)
})

t.test('every counter is in the metrics', async (t) => {
  const values = new Set([...metrics.matchAll(/ (\d+)$/gm)].map(([, value]) => Number(value)))
  // Waiting times are summed up bucket by bucket.
  for (const [index, name] of counterNames.entries())
    if (!/^(?:requests$|wait_|greylist_returned$)/.test(name)) t.ok(values.has(index + 1), name)
})

t.test('--prometheus and --openmetrics write what was ever counted, which never goes down', async (t) => {
  const { settings, directory } = await makeSettings(t, [agedEntry('192.0.2.7', 'a@example.net', 6 * 3_600)])
  const store = new SqliteAdminStore(`${directory}/data/tumgreyspf.db`, () => undefined)
  t.teardown(() => store.close())
  await store.addCounts(
    new Map([
      [localDay(Date.now() / 1_000), new Map([['store_errors', 3]])],
      ['2024-01-01', new Map([['store_errors', 5]])],
    ]),
  )
  const path = `${directory}/tumgreyspf.prom`
  t.same(runProgram('tumgreyspf-stat', ['-c', settings, '--prometheus', path]), {
    status: 0,
    stdout: '',
    stderr: '',
  })
  const text = readFileSync(path, 'utf8')
  t.match(text, /^tumgreyspf_store_errors_total 8$/m)
  t.match(text, /^tumgreyspf_unreturned_entries 1$/m)
  t.equal(await store.removeCounts('2025-01-01'), 1)
  const { status, stdout } = runProgram('tumgreyspf-stat', ['-c', settings, '--prometheus'])
  t.equal(status, 0)
  t.match(stdout, /^tumgreyspf_store_errors_total 8$/m)
  const openMetrics = runProgram('tumgreyspf-stat', ['-c', settings, '--openmetrics']).stdout
  t.match(parseOpenMetrics(openMetrics), [{ name: 'tumgreyspf_requests_total', labels: 'verdict="passed"' }])
  const failed = runProgram('tumgreyspf-stat', ['-c', settings, '--prometheus', `${directory}/none/x.prom`])
  t.same([failed.status, failed.stdout], [1, ''])
  t.equal(readFileSync(path, 'utf8'), text, 'the file is as it was')
})
