// What the policy server counts, for each day. The names are those of the stores and, with a prefix, of --prometheus.

/** The rules by which the greylist checker lets mail pass, in the order in which they are tried. */
export const passRules = [
  'loopback',
  'setting',
  'store',
  'recipient',
  'autowhitelist',
  'learned',
  'message',
  'spf_domain',
] as const

/** Why the greylist checker let mail pass. */
export type PassRule = (typeof passRules)[number]

/** In seconds: where large senders try again, and then doubling. The last bucket has no limit. */
export const waitLimits = [300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800] as const

const plainNames = [
  /** Requests that were checked, and the three ways in which they were answered. */
  'requests',
  'passed',
  'deferred',
  'rejected',
  /** Attempts by outcome: initial and pending were deferred, in training the same are training. */
  'greylist_initial',
  'greylist_pending',
  'greylist_allowed',
  'greylist_training',
  /** Triplets that came back after their delay, on the day of their first attempt. */
  'greylist_returned',
  /** The seconds that those waited, in all. */
  'wait_seconds',
  'spf_none',
  'spf_neutral',
  'spf_pass',
  'spf_softfail',
  'spf_fail',
  'spf_permerror',
  'spf_temperror',
  'spf_rejected',
  'whitelisted_spf',
  /** Clients that wrote to a trap, and requests of those that had done so before. */
  'blackhole_caught',
  'blackhole_hit',
  'store_errors',
  'dns_timeouts',
] as const

/** How many of those that came back had waited up to a limit, and longer than the one before it. */
export type WaitBucket = `wait_up_to_${string}` | 'wait_longer'

/** All counters. */
export type CounterName = (typeof plainNames)[number] | WaitBucket | `whitelisted_greylist_${PassRule}`

/** The counter of a waiting time in seconds. */
export function waitBucket(seconds: number): WaitBucket {
  const limit = waitLimits.find((one) => seconds <= one)
  return limit === undefined ? 'wait_longer' : `wait_up_to_${String(limit)}`
}

/** All buckets, the longest last. */
export const waitBuckets: readonly WaitBucket[] = [
  ...waitLimits.map((limit): WaitBucket => `wait_up_to_${String(limit)}`),
  'wait_longer',
]

/** All names, in order. */
export const counterNames: readonly CounterName[] = [
  ...plainNames,
  ...waitBuckets,
  ...passRules.map((rule): CounterName => `whitelisted_greylist_${rule}`),
]

/** The day that has what was counted on days that are removed, so that totals never go down. */
export const removedDays = '0000-00-00'

/** What was counted, by name, by day ("2026-11-24", local time; or `removedDays`). */
export type DayCounts = ReadonlyMap<string, ReadonlyMap<string, number>>
