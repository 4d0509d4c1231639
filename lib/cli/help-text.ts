// The text of --help.
import type { Options } from 'yargs'
import type { CommandLineDefinition } from './command-definition.js'

const widest = 100

/** The help of a tool in so many columns; only commands are never broken. */
export function formatHelp(
  { name, usage, purpose, options, examples, notes }: CommandLineDefinition<Record<string, Options>>,
  columns: number,
): string {
  const width = Math.min(widest, columns)
  const rows = [
    ...Object.entries(options).map(([option, definition]) => describeOption(option, definition)),
    { names: '  -h, --help', meaning: 'show this help' },
    { names: '      --version', meaning: 'show the version' },
  ]
  const indent = Math.max(...rows.map(({ names }) => names.length)) + 2
  const sections = [
    `usage: ${name} ${usage}`,
    wrap(purpose, width, ''),
    `Options:\n${rows
      .map(
        ({ names, meaning }) => names.padEnd(indent) + wrap(meaning, width, ' '.repeat(indent)).trimStart(),
      )
      .join('\n')}`,
    `Examples:\n${examples
      .map(([command, meaning]) => `  ${command.replace('$0', name)}\n${wrap(meaning, width, ' '.repeat(6))}`)
      .join('\n')}`,
    ...(notes === undefined ? [] : [wrap(notes, width, '')]),
    'Exit status: 0 done, 1 failed, 2 wrong usage.',
  ]
  return sections.join('\n\n')
}

function describeOption(
  name: string,
  { alias, describe, default: usual }: Options,
): { readonly names: string; readonly meaning: string } {
  const letter = typeof alias === 'string' ? `-${alias}, ` : '    '
  const shown = typeof usual === 'string' ? ` (default: ${usual})` : ''
  return { names: `  ${letter}--${name}`, meaning: `${describe ?? ''}${shown}` }
}

/** The text in lines of that width, each with the indent; its own line ends stay. */
function wrap(text: string, width: number, indent: string): string {
  return text
    .split('\n')
    .map((line) => {
      const lines: string[] = []
      let current = indent + (/^ */.exec(line)?.[0] ?? '')
      let isEmpty = true
      for (const word of line.trim().split(/ +/)) {
        if (!isEmpty && current.length + 1 + word.length > width) {
          lines.push(current)
          current = indent
          isEmpty = true
        }
        current += isEmpty ? word : ` ${word}`
        isEmpty = false
      }
      return [...lines, current].join('\n')
    })
    .join('\n')
}
