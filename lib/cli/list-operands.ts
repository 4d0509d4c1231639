// The operands that tumgreyspf-whitelist and tumgreyspf-blackhole share: add, remove or list, of which list, and what.
import { quoteValue } from '../log/escape.js'
import { suggestName } from '../settings/suggest-name.js'
import { parseGiven, UsageError } from './command-line.js'

/** What to do with a list. */
export type ListAction = 'add' | 'remove' | 'list'

const actions: readonly ListAction[] = ['add', 'remove', 'list']

/** An action on one of the named lists. */
export interface ListOperands<Name extends string> {
  readonly action: ListAction
  readonly list: Name
  /** None for list, at least one otherwise. */
  readonly values: readonly string[]
}

/** Reads `add|remove|list LIST [VALUE...]`. @throws UsageError */
export function readListOperands<Name extends string>(
  operands: readonly string[],
  names: readonly Name[],
  valueName: string,
): ListOperands<Name> {
  const [action, list, ...values] = operands
  const readAction = chooseWord(action, actions)
  const readList = chooseWord(list, names)
  if (readAction === 'list') {
    if (values[0] !== undefined)
      throw new UsageError(`expected nothing after "${readList}", got ${quoteValue(values[0])}`)
  } else if (values.length === 0) throw new UsageError(`expected ${valueName} to ${readAction}`)
  return { action: readAction, list: readList, values }
}

/** Parses values, all before anything is changed; `parse` throws ParseError. @throws UsageError */
export function readListValues<Value>(
  values: readonly string[],
  action: ListAction,
  list: string,
  parse: (text: string) => Value,
): Value[] {
  const preposition = action === 'add' ? 'to' : 'from'
  return values.map((value) =>
    parseGiven(
      parse,
      value,
      (reason) => `cannot ${action} ${quoteValue(value)} ${preposition} ${list}: ${reason}`,
    ),
  )
}

/** The words that can follow, for shell completion. */
export function proposeListOperands(given: readonly string[], names: readonly string[]): readonly string[] {
  if (given.length === 0) return actions
  return given.length === 1 ? names : []
}

function chooseWord<Word extends string>(written: string | undefined, words: readonly Word[]): Word {
  const expected = `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
  if (written === undefined) throw new UsageError(`expected ${expected}`)
  const word = words.find((candidate) => candidate === written)
  if (word !== undefined) return word
  throw new UsageError(`expected ${expected}, got ${quoteValue(written)}${suggestName(written, words)}`)
}
