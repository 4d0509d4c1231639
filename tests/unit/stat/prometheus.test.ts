import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { counterNames } from '../../../lib/counters/counter-names.js'
import { formatPrometheus } from '../../../lib/stat/prometheus.js'
import { SqliteAdminStore } from '../../../lib/stores/sqlite/sqlite-admin-store.js'
import { localDay } from '../../../lib/counters/counters.js'
import { agedEntry, makeSettings, runProgram } from '../../helpers/run-program.js'

const skip = spawnSync('sh', ['-c', 'command -v promtool']).status === 0 ? false : 'no promtool'
const metrics = formatPrometheus({
  counts: new Map(counterNames.map((name, index) => [name, index + 1])),
  states: { pending: 1, unreturned: 2, passed: 3, expired: 4 },
  due: 5,
  keptOut: 6,
  now: 1_764_000_000.4,
})

t.test('promtool has nothing to say against the metrics', { skip }, async (t) => {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: metrics,
    encoding: 'utf8',
  })
  t.same([status, stdout, stderr], [0, '', ''])
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

t.test('the alerts fire when they should, and not otherwise', { skip }, async (t) => {
  const requests = (verdict: string, values: string) =>
    `      - series: 'tumgreyspf_requests_total{instance="mx", verdict="${verdict}"}'\n        values: '${values}'\n`
  const directory = t.testdir()
  const evaluate = (name: string, series: string, alerts: string) => {
    const path = `${directory}/${name}.yml`
    writeFileSync(
      path,
      `rule_files: ['${process.cwd()}/dist-config/prometheus/tumgreyspf-alerts.yml']\nevaluation_interval: 1m\ntests:\n` +
        `  - interval: 1m\n    input_series:\n${series}    alert_rule_test:\n${alerts}`,
    )
    return spawnSync('promtool', ['test', 'rules', path], { encoding: 'utf8' })
  }
  const alert = (name: string, severity: string, summary: string) =>
    `      - alertname: ${name}\n        eval_time: 7h\n        exp_alerts:\n          - exp_labels: {severity: ${severity}, instance: mx}\n            exp_annotations: {summary: '${summary}'}\n`
  const none = (name: string) => `      - alertname: ${name}\n        eval_time: 7h\n        exp_alerts: []\n`
  const stuck = evaluate(
    'stuck',
    requests('passed', '5x500') + requests('deferred', '0+2x500') + requests('rejected', '0x500'),
    alert('TumgreyspfNothingPasses', 'critical', 'nothing has passed tumgreyspf on mx for an hour') +
      none('TumgreyspfEverythingPasses'),
  )
  t.equal(stuck.status, 0, stuck.stdout + stuck.stderr)
  const open = evaluate(
    'open',
    requests('passed', '0+2x500') + requests('deferred', '7x500') + requests('rejected', '0x500'),
    alert(
      'TumgreyspfEverythingPasses',
      'warning',
      'tumgreyspf on mx has deferred and rejected nothing for six hours',
    ) + none('TumgreyspfNothingPasses'),
  )
  t.equal(open.status, 0, open.stdout + open.stderr)
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

t.test('--prometheus writes the counters of today', async (t) => {
  const { settings, directory } = await makeSettings(t, [agedEntry('192.0.2.7', 'a@example.net', 6 * 3_600)])
  const store = new SqliteAdminStore(`${directory}/data/tumgreyspf.db`, () => undefined)
  await store.addCounts(
    new Map([
      [localDay(Date.now() / 1_000), new Map([['store_errors', 3]])],
      ['2026-01-01', new Map([['store_errors', 5]])],
    ]),
  )
  await store.close()
  const path = `${directory}/tumgreyspf.prom`
  t.same(runProgram('tumgreyspf-stat', ['-c', settings, '--prometheus', path]), {
    status: 0,
    stdout: '',
    stderr: '',
  })
  const text = readFileSync(path, 'utf8')
  t.match(text, /^tumgreyspf_store_errors_total 3$/m)
  t.match(text, /^tumgreyspf_unreturned_entries 1$/m)
  const { status, stdout } = runProgram('tumgreyspf-stat', ['-c', settings, '--prometheus'])
  t.equal(status, 0)
  t.match(stdout, /^tumgreyspf_store_errors_total 3$/m)
  const failed = runProgram('tumgreyspf-stat', ['-c', settings, '--prometheus', `${directory}/none/x.prom`])
  t.same([failed.status, failed.stdout], [1, ''])
  t.equal(readFileSync(path, 'utf8'), text, 'the file is as it was')
})
