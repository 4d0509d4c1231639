// Changes a restriction list in the text of main.cf and keeps its lines and comments, which "postconf -e" would join and
// drop. Source: postconf(5), "parameter file format".
import { separatorOf, splitRestrictions, type Restriction } from './restriction-list.js'

/** A parameter's value in the text; comment lines in between are blanks in `value`. */
interface WrittenValue {
  readonly start: number
  readonly value: string
}

/**
 * The text of main.cf with the list of this name changed to the elements of `after`; undefined if the list is not in the
 * text, or is changed in more than one place or way.
 */
export function changeList(text: string, name: string, after: string): string | undefined {
  const written = findValue(text, name)
  if (written === undefined) return undefined
  const now = splitRestrictions(written.value)
  const wanted = splitRestrictions(after)
  const shorter = Math.min(now.length, wanted.length)
  // From the end: the last word of our restriction is in no other restriction, but its first word may be.
  let tail = 0
  while (tail < shorter && now.at(-1 - tail)?.text === wanted.at(-1 - tail)?.text) tail += 1
  let head = 0
  while (head < shorter - tail && now[head]?.text === wanted[head]?.text) head += 1
  const inserted = wanted.slice(head, wanted.length - tail)
  const removed = now.slice(head, now.length - tail)
  const first = inserted[0]
  const last = inserted.at(-1)
  if (first !== undefined && last !== undefined)
    return removed.length > 0 || now.length === 0
      ? undefined
      : insert(text, written, now, head, after.slice(first.start, last.end))
  return now.length === removed.length ? undefined : remove(text, written, removed)
}

function insert(
  text: string,
  { start, value }: WrittenValue,
  list: readonly Restriction[],
  index: number,
  restriction: string,
): string {
  // On its own line if the list has several lines.
  const indent = /\n([ \t]+)\S/.exec(value.trimEnd())?.[1]
  const separator = separatorOf(value)
  const between = indent === undefined ? separator : `${separator.trimEnd()}\n${indent}`
  const before = list[index - 1]
  const at = start + (before?.end ?? list[0]?.start ?? 0)
  const addition = before === undefined ? restriction + between : between + restriction
  return text.slice(0, at) + addition + text.slice(at)
}

function remove(text: string, { start, value }: WrittenValue, removed: readonly Restriction[]): string {
  const from = removed[0]?.start ?? 0
  const end = removed.at(-1)?.end ?? 0
  // With the separator after it; at the end of the list with the one before it, unless comments are in between.
  const behind = /^[ \t]*,?[ \t]*/.exec(value.slice(end))?.[0].length ?? 0
  const isLast = value.slice(end).trim() === ''
  let head = start + from
  while (isLast && head > start && /[\s,]/.test(text[head - 1] ?? '')) head -= 1
  const before = text.slice(0, head)
  const after = text.slice(start + end + (isLast ? 0 : behind))
  // Its line is removed too if nothing else is on it.
  const line = /\n[ \t]*$/.exec(before)
  return line !== null && /^(?:\n|$)/.test(after) ? before.slice(0, line.index) + after : before + after
}

/** The effective value: the last of that name. */
function findValue(text: string, name: string): WrittenValue | undefined {
  let found: WrittenValue | undefined
  let isOurs = false
  let offset = 0
  for (const line of text.split(/(?<=\n)/)) {
    const isBlankOrComment = /^\s*(?:#|$)/.test(line)
    if (!isBlankOrComment && !/^\s/.test(line)) {
      const assigned = /^(\w+)[ \t]*=/.exec(line)
      isOurs = assigned?.[1] === name
      if (isOurs)
        found = { start: offset + (assigned?.[0].length ?? 0), value: line.slice(assigned?.[0].length) }
    } else if (isOurs && found !== undefined) {
      const value = isBlankOrComment ? line.replace(/[^\n]/g, ' ') : line
      found = { ...found, value: found.value + value }
    }
    offset += line.length
  }
  return found
}
