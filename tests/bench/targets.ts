// How far it must go, and how far it went.
import { isBuiltin } from 'node:module'
import { pairName, subjectName, type Results } from './results.js'

/** One target against what was measured. */
export interface Outcome {
  readonly target: string
  /** What it is measured against, in words: "at most 1.5 x floor". */
  readonly wanted: string
  readonly measured: number
  readonly isMet: boolean
}

interface Target {
  readonly target: string
  readonly bound: 'at most' | 'at least'
  readonly limit: number
  /** What the limit is a multiple of; undefined if it stands for itself. */
  readonly of?: string
  /** Undefined if the run has not measured it. */
  readonly measure: (results: Results) => number | undefined
}

const { greylistSqlite, spfSqlite, spfMongodb, postgrey } = subjectName

const targets: readonly Target[] = [
  startTarget('start, greylist on SQLite', greylistSqlite, isBuiltin('node:sqlite') ? 1.3 : 1.4),
  startTarget('start, SPF and greylist on SQLite', spfSqlite, 2),
  startTarget('start, SPF and greylist on MongoDB, without its handshake', spfMongodb, 2.3),
  memoryTarget('PSS, greylist on SQLite', greylistSqlite, 1.4),
  memoryTarget('PSS, SPF and greylist on MongoDB', spfMongodb, 3.5),
  {
    target: 'one process, requests/s',
    bound: 'at least',
    limit: 5,
    of: 'postgrey',
    measure: (results) => rateRatio(results, 1, greylistSqlite, postgrey),
  },
  {
    target: 'one process, requests/s',
    bound: 'at least',
    limit: 0.5,
    of: 'floor',
    measure: (results) => findRate(results, 1, greylistSqlite)?.toFloor,
  },
  {
    target: '8 processes, requests/s',
    bound: 'at least',
    limit: 3,
    of: "postgrey's 8 connections",
    measure: (results) => rateRatio(results, 8, greylistSqlite, postgrey),
  },
  {
    target: '8 processes, requests/s',
    bound: 'at least',
    limit: 1,
    of: 'one process',
    measure: (results) => {
      const [one, eight] = [1, 8].map((count) => findRate(results, count, greylistSqlite)?.requestsPerSecond)
      return one === undefined || eight === undefined ? undefined : eight / one
    },
  },
  {
    target: 'an attempt at 10,000,000 entries',
    bound: 'at most',
    limit: 1.5,
    of: 'at 10,000',
    measure: ({ growth }) => growth.find(({ entries }) => entries === 10_000_000)?.toFirst,
  },
  {
    target: 'an attempt beside 100,000 networks',
    bound: 'at most',
    limit: 1.05,
    of: 'beside none',
    measure: ({ whitelist }) => whitelist.find(({ networks }) => networks === 100_000)?.toFirst,
  },
  pairTarget('an attempt with everything on', pairName.spfEverything, 1.5, 'with SPF and greylist'),
  pairTarget('an attempt with everything on and no SPF check', pairName.everything, 1.5, 'with greylist'),
  pairTarget('an attempt that is counted', pairName.counted, 1.02, 'without counters'),
  toolTarget('stat --json, entries/s', 'at least', 300_000, rateOf('tumgreyspf-stat --json')),
  toolTarget('clean --dry-run, entries/s', 'at least', 500_000, rateOf('tumgreyspf-clean --dry-run')),
  toolTarget('stat --summary, a million entries, s', 'at most', 1.5, (tools) => {
    const rate = rateOf('tumgreyspf-stat --summary')(tools)
    return rate === undefined ? undefined : 1_000_000 / rate
  }),
  toolTarget(
    'tools, peak MB',
    'at most',
    100,
    (tools) => Math.max(...tools.map(({ peakMebibytes }) => peakMebibytes)) * 1.048576,
  ),
]

/** The targets that the run has measured. */
export function judge(results: Results): Outcome[] {
  return targets.flatMap(({ target, bound, limit, of, measure }) => {
    const measured = measure(results)
    if (measured === undefined) return []
    const isMet = bound === 'at most' ? measured <= limit : measured >= limit
    const multiple = of === undefined ? '' : ` x ${of}`
    return [{ target, wanted: `${bound} ${limit.toLocaleString('en')}${multiple}`, measured, isMet }]
  })
}

function startTarget(target: string, name: string, limit: number): Target {
  const measure = ({ start }: Results): number | undefined =>
    start.find((result) => result.name === name)?.toFloorAlone
  return { target, bound: 'at most', limit, of: 'floor', measure }
}

function pairTarget(target: string, name: string, limit: number, of: string): Target {
  const measure = ({ pairs }: Results): number | undefined =>
    pairs.find((result) => result.name === name)?.toBase
  return { target, bound: 'at most', limit, of, measure }
}

function memoryTarget(target: string, name: string, limit: number): Target {
  const measure = ({ memory }: Results): number | undefined =>
    memory.find((result) => result.name === name)?.toFloor
  return { target, bound: 'at most', limit, of: 'floor', measure }
}

/** A target with a million entries. */
function toolTarget(
  target: string,
  bound: Target['bound'],
  limit: number,
  measure: (tools: Results['tools']) => number | undefined,
): Target {
  const measureMillion = ({ tools }: Results): number | undefined => {
    const million = tools.filter(({ entries }) => entries === 1_000_000)
    return million.length === 0 ? undefined : measure(million)
  }
  return { target, bound, limit, measure: measureMillion }
}

function rateOf(name: string): (tools: Results['tools']) => number | undefined {
  return (tools) => tools.find((result) => result.name === name)?.entriesPerSecond
}

function findRate({ rate }: Results, connections: number, name: string): Results['rate'][number] | undefined {
  return rate.find((result) => result.connections === connections && result.name === name)
}

function rateRatio(results: Results, connections: number, name: string, other: string): number | undefined {
  const ours = findRate(results, connections, name)
  const theirs = findRate(results, connections, other)
  return ours === undefined || theirs === undefined
    ? undefined
    : ours.requestsPerSecond / theirs.requestsPerSecond
}
