// What can stand next on a tool's command line, for the shell's completion (dist-config/completion/tumgreyspf).
import type { CommandLineDefinition } from './command-definition.js'
import type { Options } from 'yargs'

/** The words that fit what is written of the last one; none where a file or any other text is expected. */
export function completeWords(
  { options, values = {}, completeOperands }: CommandLineDefinition<Record<string, Options>>,
  words: readonly string[],
): readonly string[] {
  const given = words.slice(0, -1)
  const current = words.at(-1) ?? ''
  const option = findOption(options, given.at(-1))
  if (option !== undefined && options[option]?.type !== 'boolean')
    return completeList(values[option] ?? [], current)
  const proposed = current.startsWith('-')
    ? [...Object.keys(options), 'help', 'version'].map((name) => `--${name}`)
    : (completeOperands?.(operandsOf(options, given)) ?? [])
  return proposed.filter((word) => word.startsWith(current))
}

/** The option that a word names, by its name or letter. */
function findOption(
  options: Readonly<Record<string, Options>>,
  word: string | undefined,
): string | undefined {
  return Object.keys(options).find(
    (name) => word === `--${name}` || word === `-${String(options[name]?.alias)}`,
  )
}

/** Several values can follow each other with commas. */
function completeList(values: readonly string[], current: string): readonly string[] {
  const before = current.slice(0, current.lastIndexOf(',') + 1)
  return values.map((value) => before + value).filter((word) => word.startsWith(current))
}

function operandsOf(options: Readonly<Record<string, Options>>, words: readonly string[]): readonly string[] {
  return words.filter((word, index) => {
    const option = findOption(options, words[index - 1])
    const isValue = option !== undefined && options[option]?.type !== 'boolean'
    return !word.startsWith('-') && !isValue
  })
}
