// All that one run of the bench found out: what --json prints, and what table, targets and plot are made of.
import type { GrowthResult } from './measure-growth.js'
import type { MemoryResult } from './measure-memory.js'
import type { PairResult } from './measure-pairs.js'
import type { RateResult } from './measure-rates.js'
import type { StartResult } from './measure-start.js'
import type { ToolResult } from './measure-tools.js'

/** The names of the subjects that targets speak of. */
export const subjectName = {
  floor: 'floor',
  greylistSqlite: 'greylist, SQLite',
  spfSqlite: 'spf+greylist, SQLite',
  heloSqlite: 'helo+spf+greylist, SQLite',
  spfMongodb: 'spf+greylist, MongoDB',
  postgrey: 'postgrey',
  policydSpf: 'policyd-spf',
} as const

/** The names of the pairs that targets speak of. */
export const pairName = {
  spfEverything: 'everything on, beside spf+greylist',
  everything: 'everything on without spf in checkers, beside greylist',
  counted: 'counting, beside a build that does not count',
} as const

/** One run. What was not asked for, or cannot be had here, has no results. */
export interface Results {
  readonly node: string
  readonly processors: number
  readonly start: readonly StartResult[]
  readonly memory: readonly MemoryResult[]
  readonly rate: readonly RateResult[]
  readonly growth: readonly GrowthResult[]
  readonly whitelist: readonly GrowthResult[]
  readonly pairs: readonly PairResult[]
  readonly tools: readonly ToolResult[]
  /** What was left out, and why. */
  readonly skipped: readonly string[]
  readonly answers: { readonly checked: number; readonly wrong: number }
  readonly faults: readonly string[]
}
