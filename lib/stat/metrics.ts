// Counters and the state of the entries for Prometheus: in its text format, which node_exporter's textfile collector reads,
// or in OpenMetrics. The two differ in where a counter's "_total" stands.
import { passRules, waitBuckets, waitLimits, type CounterName } from '../counters/counter-names.js'
import { entryStates, type EntryState } from './entry-report.js'

/** What there is to tell. */
export interface Metrics {
  /** All that was ever counted, so that no counter goes down. */
  readonly counts: ReadonlyMap<string, number>
  readonly states: Readonly<Record<EntryState, number>>
  /** As in stat/summary.ts. */
  readonly due: number
  readonly keptOut: number
  /** Seconds since 1970. */
  readonly now: number
}

interface Sample {
  readonly label?: readonly [name: string, value: string]
  readonly value: number
}

/** How the metrics are written. */
export type MetricsFormat = 'prometheus' | 'openmetrics'

/** Formats all metrics, each with HELP and TYPE. */
export function formatMetrics({ counts, states, due, keptOut, now }: Metrics, format: MetricsFormat): string {
  const counter = (name: string, help: string, samples: readonly Sample[]): string =>
    formatFamily(format === 'openmetrics' ? name : `${name}_total`, `${name}_total`, 'counter', help, samples)
  const of = (name: CounterName): number => counts.get(name) ?? 0
  const labelled = <Value extends string>(
    label: string,
    values: readonly Value[],
    read: (value: Value) => number,
  ): Sample[] => values.map((value) => ({ label: [label, value], value: read(value) }))
  const families = [
    counter('requests', 'Policy requests by verdict.', [
      ...labelled('verdict', ['passed', 'deferred', 'rejected'], of),
    ]),
    counter('greylist_attempts', 'Attempts by greylist outcome.', [
      ...labelled('outcome', ['initial', 'pending', 'allowed', 'training'], (outcome) =>
        of(`greylist_${outcome}`),
      ),
    ]),
    counter('greylist_whitelisted', 'Requests that greylisting let pass, by rule.', [
      ...labelled('rule', passRules, (rule) => of(`whitelisted_greylist_${rule}`)),
    ]),
    counter('spf_results', 'SPF results.', [
      ...labelled(
        'result',
        ['none', 'neutral', 'pass', 'softfail', 'fail', 'permerror', 'temperror'],
        (result) => of(`spf_${result}`),
      ),
    ]),
    counter('spf_rejected', 'Requests rejected by SPF.', [{ value: of('spf_rejected') }]),
    counter('spf_whitelisted', 'Requests whose SPF was not checked.', [{ value: of('whitelisted_spf') }]),
    counter(
      'blackholed',
      'Requests rejected by the blackhole: the client was caught by a trap, or hit the blackhole later.',
      [...labelled('event', ['caught', 'hit'], (event) => of(`blackhole_${event}`))],
    ),
    counter('store_errors', 'Requests while the store was unreachable.', [{ value: of('store_errors') }]),
    counter('dns_timeouts', 'Messages whose DNS lookups ran out of time.', [{ value: of('dns_timeouts') }]),
    waitHistogram(of),
    gauge(
      'entries',
      'Greylist entries by state.',
      labelled('state', entryStates, (state) => states[state]),
    ),
    gauge(
      'due_entries',
      'Entries that have been due for more than four hours, and for no more than retryWindowHours.',
      [{ value: due }],
    ),
    gauge('unreturned_entries', 'Due entries that never came back.', [{ value: keptOut }]),
    gauge('written_timestamp_seconds', 'Time when these metrics were written.', [{ value: Math.round(now) }]),
  ]
  // For the text format a comment.
  return `${families.join('')}# EOF\n`
}

function gauge(name: string, help: string, samples: readonly Sample[]): string {
  return formatFamily(name, name, 'gauge', help, samples)
}

function formatFamily(
  family: string,
  name: string,
  type: string,
  help: string,
  samples: readonly Sample[],
): string {
  const lines = samples.map(
    ({ label, value }) =>
      `tumgreyspf_${name}${label === undefined ? '' : `{${label[0]}="${label[1]}"}`} ${String(value)}\n`,
  )
  return `${formatHead(family, type, help)}${lines.join('')}`
}

function formatHead(family: string, type: string, help: string): string {
  return `# HELP tumgreyspf_${family} ${help}\n# TYPE tumgreyspf_${family} ${type}\n`
}

function waitHistogram(of: (name: CounterName) => number): string {
  const family = 'greylist_wait_seconds'
  const name = `tumgreyspf_${family}`
  let sum = 0
  const buckets = waitBuckets.map((bucket, index) => {
    sum += of(bucket)
    return `${name}_bucket{le="${waitLimits[index]?.toFixed(1) ?? '+Inf'}"} ${String(sum)}\n`
  })
  return (
    formatHead(family, 'histogram', 'From the first attempt to the one that passed.') +
    `${buckets.join('')}${name}_sum ${String(of('wait_seconds'))}\n${name}_count ${String(sum)}\n`
  )
}
