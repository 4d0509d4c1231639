// Today's counters and the state of the entries for Prometheus, in the text format that node_exporter's textfile collector
// reads (OpenMetrics names and units). Counters start at local midnight, which Prometheus takes for a restart.
import { passRules, waitBuckets, waitLimits, type CounterName } from '../counters/counter-names.js'
import { entryStates, type EntryState } from './entry-report.js'

/** What there is to tell. */
export interface Metrics {
  /** Today's counters. */
  readonly counts: ReadonlyMap<string, number>
  readonly states: Readonly<Record<EntryState, number>>
  /** Of the entries that have been due for 4 to 12 hours. */
  readonly due: number
  readonly keptOut: number
  /** Seconds since 1970. */
  readonly now: number
}

interface Sample {
  readonly label?: readonly [name: string, value: string]
  readonly value: number
}

/** Formats all metrics, each with HELP and TYPE. */
export function formatPrometheus({ counts, states, due, keptOut, now }: Metrics): string {
  const of = (name: CounterName): number => counts.get(name) ?? 0
  const labelled = <Value extends string>(
    label: string,
    values: readonly Value[],
    read: (value: Value) => number,
  ): Sample[] => values.map((value) => ({ label: [label, value], value: read(value) }))
  const families = [
    counter('requests', 'Policy requests by verdict since local midnight.', [
      ...labelled('verdict', ['passed', 'deferred', 'rejected'], of),
    ]),
    counter('greylist_attempts', 'Attempts by greylist outcome since local midnight.', [
      ...labelled('outcome', ['initial', 'pending', 'allowed', 'training'], (outcome) =>
        of(`greylist_${outcome}`),
      ),
    ]),
    counter('greylist_whitelisted', 'Requests that greylisting let pass, by rule, since local midnight.', [
      ...labelled('rule', passRules, (rule) => of(`whitelisted_greylist_${rule}`)),
    ]),
    counter('spf_results', 'SPF results since local midnight.', [
      ...labelled(
        'result',
        ['none', 'neutral', 'pass', 'softfail', 'fail', 'permerror', 'temperror'],
        (result) => of(`spf_${result}`),
      ),
    ]),
    counter('spf_rejected', 'Requests rejected by SPF since local midnight.', [
      { value: of('spf_rejected') },
    ]),
    counter('spf_whitelisted', 'Requests whose SPF was not checked since local midnight.', [
      { value: of('whitelisted_spf') },
    ]),
    counter(
      'blackholed',
      'Requests refused by the blackhole since local midnight: caught by a trap, or hit later.',
      [...labelled('event', ['caught', 'hit'], (event) => of(`blackhole_${event}`))],
    ),
    counter('store_errors', 'Requests without a store since local midnight.', [
      { value: of('store_errors') },
    ]),
    counter('dns_timeouts', 'Messages whose DNS lookups ran out of time since local midnight.', [
      { value: of('dns_timeouts') },
    ]),
    waitHistogram(of),
    gauge(
      'entries',
      'Greylist entries by state.',
      labelled('state', entryStates, (state) => states[state]),
    ),
    gauge('due_entries', 'Entries that have been due for 4 to 12 hours.', [{ value: due }]),
    gauge('unreturned_entries', 'Those of the due entries that never came back.', [{ value: keptOut }]),
    gauge('written_timestamp_seconds', 'When these metrics were written.', [{ value: Math.round(now) }]),
  ]
  return families.join('')
}

function counter(name: string, help: string, samples: readonly Sample[]): string {
  return formatFamily(`${name}_total`, 'counter', help, samples)
}

function gauge(name: string, help: string, samples: readonly Sample[]): string {
  return formatFamily(name, 'gauge', help, samples)
}

function formatFamily(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const full = `tumgreyspf_${name}`
  const lines = samples.map(
    ({ label, value }) =>
      `${full}${label === undefined ? '' : `{${label[0]}="${label[1]}"}`} ${String(value)}\n`,
  )
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`
}

function waitHistogram(of: (name: CounterName) => number): string {
  const name = 'tumgreyspf_greylist_wait_seconds'
  let sum = 0
  const buckets = waitBuckets.map((bucket, index) => {
    sum += of(bucket)
    return `${name}_bucket{le="${String(waitLimits[index] ?? '+Inf')}"} ${String(sum)}\n`
  })
  return (
    `# HELP ${name} From the first attempt to the one that passed, since local midnight.\n# TYPE ${name} histogram\n` +
    `${buckets.join('')}${name}_sum ${String(of('wait_seconds'))}\n${name}_count ${String(sum)}\n`
  )
}
