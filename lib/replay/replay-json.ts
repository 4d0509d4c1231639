// A replay as one JSON object.
import { formatTime } from '../stat/format-time.js'
import type { DomainDifference, MessageCounts } from './figures.js'
import type { ReplayFacts } from './replay-notes.js'
import type { ReplayColumn } from './replay-text.js'

/** Formats it with a line end. The first of the columns is what the logs say. */
export function formatReplayJson(
  facts: ReplayFacts,
  columns: readonly ReplayColumn[],
  differences: readonly DomainDifference[],
): string {
  const { counts, attempts, messages, partial, knownBefore, unanswered, from, to } = facts
  const hasAttempts = attempts > 0
  const object = {
    from: hasAttempts ? formatTime(from) : null,
    to: hasAttempts ? formatTime(to) : null,
    lines: counts.lines,
    attempts,
    messages,
    not_counted: { broken_lines: counts.broken, quoted_lines: counts.quoted, older_messages: partial },
    older_entries: knownBefore,
    unanswered_spf_lookups: unanswered,
    replays: columns.map(({ name, figures: { counts: counted, waits } }) => ({
      name,
      ...toJson(counted),
      waited:
        waits === undefined
          ? null
          : { median: waits.medianSeconds, ninetieth: waits.ninetiethSeconds, longest: waits.longestSeconds },
    })),
    sender_domains: differences.map(({ domain, counts: ofDomain }) => ({
      domain,
      replays: ofDomain.map((one, index) => ({ name: columns[index + 1]?.name ?? '', ...toJson(one) })),
    })),
  }
  return `${JSON.stringify(object)}\n`
}

function toJson(counts: MessageCounts): Record<string, number> {
  return {
    first_attempts: counts.messages,
    passed_at_once: counts.passedAtOnce,
    deferred: counts.deferred,
    came_back: counts.cameBack,
    never_came_back: counts.neverCameBack,
    still_waiting: counts.waiting,
    not_known: counts.unknown,
    refused: counts.refused,
  }
}
