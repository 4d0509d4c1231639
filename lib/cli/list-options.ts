// The options that the tools for lists share, and what an entry's note looks like.
import { escapeValue } from '../log/escape.js'
import { formatTime } from '../stat/format-time.js'
import type { Note } from '../stores/store.js'
import { settingsOption } from './command-definition.js'
import { UsageError } from './command-line.js'

/** Options of the tools for lists. */
export const listOptions = {
  ...settingsOption,
  comment: { type: 'string', requiresArg: true, describe: 'with add: a note that is kept with the date' },
  json: { type: 'boolean', default: false, describe: 'with list: one JSON object per line' },
} as const

/** What the options were given. */
interface GivenListOptions {
  readonly comment: string | undefined
  readonly json: boolean
}

/** Longer comments are no line of a list. */
const longestComment = 500

/** @throws UsageError for an option that does not belong to the action, or a comment that is no line */
export function checkListOptions({ comment, json }: GivenListOptions, action: string): void {
  if (comment !== undefined && action !== 'add') throw new UsageError('--comment can only be used with add')
  if (json && action !== 'list') throw new UsageError('--json can only be used with list')
  if (comment !== undefined && (comment.length > longestComment || /\p{Cc}/u.test(comment)))
    throw new UsageError(`--comment: expected one line of up to ${String(longestComment)} characters`)
}

/** The note of what is added now. */
export function newNote({ comment }: GivenListOptions): Note {
  return { added: Date.now() / 1_000, ...(comment === undefined ? {} : { comment }) }
}

/** The day of a time in seconds since 1970, as lists show it: 2026-01-31. */
export function formatDay(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : formatTime(seconds)?.slice(0, 10)
}

/** The columns of a note: day and comment. */
export function noteColumns({ added, comment }: Note): readonly (string | undefined)[] {
  return [formatDay(added), comment === undefined ? undefined : escapeValue(comment)]
}

/** The members of a note in JSON. */
export function noteJson({ added, comment }: Note): Record<'added' | 'comment', string | undefined> {
  return { added: added === undefined ? undefined : formatTime(added), comment }
}
