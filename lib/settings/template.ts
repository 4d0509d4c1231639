// Reply texts written by the administrator, with words in braces for values.
import { toPlainText } from '../log/escape.js'
import type { Literal } from './literal.js'
import { InvalidValue } from './setting-values.js'

/** A text such as "try again in {minutes} minutes"; `words` are the words allowed in it. */
export interface Template<Word extends string> {
  readonly text: string
  readonly words: readonly Word[]
}

/** A longer text would not be read. */
const longestTemplate = 500
/** Some of Postfix's lines are longer, but a reply is wrapped and read by people. */
const longestReply = 900
const wordInBraces = /\{([^{}]*)\}/g

/** A parser of such texts: printable ASCII without unknown words; a brace alone is itself. */
export function parseTemplate<Word extends string>(
  words: readonly Word[],
): (literal: Literal) => Template<Word> | InvalidValue {
  const names = words.map((word) => `{${word}}`).join(', ')
  return (literal) => {
    const { value } = literal
    const isText = typeof value === 'string' && /^ *[\x21-\x7e][\x20-\x7e]*$/.test(value)
    if (!isText || value.length > longestTemplate)
      return new InvalidValue(
        `a string of 1 to ${String(longestTemplate)} printable ASCII characters, with any of ${names}`,
        literal,
      )
    const unknown = [...value.matchAll(wordInBraces)].flatMap(([found, word]) =>
      words.some((known) => known === word) ? [] : [{ ...literal, value: found }],
    )
    return unknown.length > 0 ? new InvalidValue(`any of ${names}`, ...unknown) : { text: value, words }
  }
}

/** The text with its words replaced, in printable ASCII: whatever the values are, it can be sent as one line. */
export function fillTemplate<Word extends string>(
  { text, words }: Template<Word>,
  values: Readonly<Record<Word, string>>,
): string {
  const filled = text.replace(wordInBraces, (found, written: string) => {
    const word = words.find((known) => known === written)
    return word === undefined ? found : values[word]
  })
  return toPlainText(filled, longestReply)
}
