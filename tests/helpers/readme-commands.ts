// The commands of README.md: those of its indented blocks, with what is shown of their output, and those within the
// text.
import { readFileSync } from 'node:fs'

/** A command as it is to be typed. */
export interface ReadmeCommand {
  readonly command: string
  /** The README's remark at the end of the line. */
  readonly remark: string
  /** The lines below it, up to the next command. */
  readonly shown: readonly string[]
}

/** Commands that are typed one after the other, under a heading. */
export interface ReadmeBlock {
  readonly heading: string
  readonly commands: readonly ReadmeCommand[]
}

const names = '(?:make|node|npm|postfix|tumgreyspf(?:-[a-z]+)?)'
/** A block of bare commands: the lines of a configuration or a log do not all look so. */
const bareCommand = /^(?:make|postfix|tumgreyspf-[a-z]+)(?: .*)?$/

/** All commands in order. */
export function readReadmeCommands(): readonly ReadmeBlock[] {
  const blocks: ReadmeBlock[] = []
  let heading = ''
  for (const [part] of readFileSync('README.md', 'utf8').matchAll(/(?:^ {4}.*\n(?:\n+(?= {4}))?)+|^.*\n/gm)) {
    heading = /^#+ (.*)/.exec(part)?.[1] ?? heading
    const commands = part.startsWith('    ') ? readBlock(part.trimEnd().split('\n')) : readText(part)
    if (commands.length > 0) blocks.push({ heading, commands })
  }
  return blocks
}

function readText(line: string): ReadmeCommand[] {
  const quoted = line.matchAll(new RegExp(`\`(${names} [^\`]+)\``, 'g'))
  return [...quoted].map(([, command = '']) => ({ command, remark: '', shown: [] }))
}

function readBlock(indented: readonly string[]): ReadmeCommand[] {
  const lines = indented.map((line) => line.slice(4))
  if (lines.every((line) => bareCommand.test(line))) return lines.flatMap((line) => readAlternatives(line))
  const commands: { command: string; remark: string; shown: string[] }[] = []
  for (const line of lines) {
    const typed = /^[$#] (.*)/.exec(line)?.[1]
    if (typed !== undefined) commands.push(readLine(typed))
    else commands.at(-1)?.shown.push(line)
  }
  return commands
}

function readLine(line: string): { command: string; remark: string; shown: string[] } {
  const [command = '', ...rest] = line.split(/ {2,}/)
  return { command, remark: rest.join('  ').replace(/^# /, ''), shown: [] }
}

/** A remark "or: ..." is another command. */
function readAlternatives(line: string): ReadmeCommand[] {
  const first = readLine(line)
  const other = /^or: (.*)/.exec(first.remark)?.[1]
  return other === undefined ? [first] : [first, readLine(other)]
}
