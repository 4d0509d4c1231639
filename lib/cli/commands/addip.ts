// tumgreyspf-addip: exempts IP prefixes by files in the config directories, and lists and removes them.
import { formatNetwork, type Network } from '../../net/network.js'
import { exemptFileText, parseExemptPrefix } from '../../config/exempt-prefix.js'
import { asOwnerOf } from '../../system/as-owner.js'
import { settingsOption } from '../command-definition.js'
import { parseGiven, UsageError } from '../command-line.js'
import {
  findExemptFile,
  listExemptNetworks,
  refuseOtherSettings,
  removeExemptFile,
  writeExemptFile,
  type ExemptFile,
} from '../../config/files/exempt-files.js'
import { defineCommand } from '../run-tool.js'
import type { Tool } from '../tool.js'
import { quoteValue } from '../../log/escape.js'
import { FirstMessages } from '../../log/first-messages.js'

/** The program tumgreyspf-addip. */
export const addipCommand = defineCommand(
  {
    name: 'tumgreyspf-addip',
    usage: '[-c FILE] [--dry-run] [--remove] [PREFIX...] | --list',
    purpose:
      'Exempts clients from all checks, by writing config/client_address/.../__default__. Without PREFIX, prefixes ' +
      'are read from standard input, one per line.',
    options: {
      ...settingsOption,
      'dry-run': { alias: 'n', type: 'boolean', default: false, describe: 'only show what would be done' },
      remove: {
        alias: 'r',
        type: 'boolean',
        default: false,
        describe: 'remove the exemption of these prefixes',
      },
      list: {
        alias: 'l',
        type: 'boolean',
        default: false,
        describe: 'show the exempt prefixes, one per line',
      },
    },
    examples: [
      ['$0 192.0.2', 'all of 192.0.2.0/24'],
      ['$0 192.0.2.7 2001:db8::/32', 'an address and a network'],
      ['$0 --dry-run < FILE', 'show the effect of a list of prefixes'],
      ['$0 --remove 192.0.2', 'check mail from this network again'],
    ],
    notes: `The file contains:\n${exemptFileText.replace(/^/gm, '  ').trimEnd()}`,
  },
  async ({ options, operands }, tool) => {
    const { list: isListing, remove: isRemoving, 'dry-run': isDryRun } = options
    if (isListing && (operands.length > 0 || isRemoving))
      throw new UsageError('"--list" cannot be combined with prefixes or "--remove"')
    const networks = isListing ? [] : readNetworks(operands, tool)
    const { configPath } = tool.readSettings(options.config)
    if (configPath === undefined)
      throw new Error(`configPath is not set in ${options.config}, so there are no config directories`)
    // The policy user must be able to read the files, whatever the caller's umask is.
    process.umask(0o022)
    // Root works as the owner of the config directory, so that new files belong to that user.
    const asOwner = <T>(work: () => T): T => asOwnerOf(configPath, work)
    if (isListing) {
      const listed = asOwner(() => listExemptNetworks(configPath))
      await tool.write(listed.map((network) => `${formatNetwork(network)}\n`).join(''))
      return 0
    }
    const files = asOwner(() => networks.map((network) => findExemptFile(configPath, network)))
    if (!isRemoving) files.forEach(refuseOtherSettings)
    const work = isRemoving ? remove : add
    let status = 0
    for (const file of files) {
      const { line, succeeded } = asOwner(() => work(file, isDryRun))
      if (succeeded) await tool.write(`${line}\n`)
      else {
        tool.report(line)
        status = 1
      }
    }
    return status
  },
)

interface Outcome {
  readonly line: string
  readonly succeeded: boolean
}

function add(file: ExemptFile, isDryRun: boolean): Outcome {
  const { path, exists } = file
  const name = formatNetwork(file.network)
  if (exists) return { line: `${name} is already exempt: ${path}`, succeeded: true }
  if (!isDryRun) writeExemptFile(file)
  return { line: `${isDryRun ? 'would exempt' : 'exempted'} ${name}: ${path}`, succeeded: true }
}

function remove(file: ExemptFile, isDryRun: boolean): Outcome {
  const { path, exists } = file
  const name = formatNetwork(file.network)
  if (!exists)
    return {
      line: `${name} has no exemption of its own: ${path} ${file.hasOtherSettings ? 'does not exempt it' : 'does not exist'}`,
      succeeded: false,
    }
  if (!isDryRun) removeExemptFile(file)
  return {
    line: `${isDryRun ? 'would remove' : 'removed'} the exemption of ${name}: ${path}`,
    succeeded: true,
  }
}

/** The prefixes of the command line, else of standard input, each once. @throws UsageError @throws Error */
function readNetworks(operands: readonly string[], tool: Tool): readonly Network[] {
  const isFromInput = operands.length === 0
  if (isFromInput && tool.streams.isInputTerminal)
    throw new UsageError('expected a prefix such as 192.0.2 or 2001:db8::/32')
  const given = isFromInput ? readInput(tool) : operands.map(parseOperand)
  return [...new Map(given.map((network) => [formatNetwork(network), network])).values()]
}

function parseOperand(text: string): Network {
  return parseGiven(parseExemptPrefix, text, (reason) => `cannot exempt ${quoteValue(text)}: ${reason}`)
}

/** The first word of each line that is neither empty nor a comment; all errors are reported before anything is done. */
function readInput(tool: Tool): Network[] {
  const networks: Network[] = []
  const mistakes = new FirstMessages()
  let errors = 0
  for (const [index, line] of tool.streams.readInput().split('\n').entries()) {
    const [word] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (word === undefined || word === '') continue
    try {
      networks.push(parseOperand(word))
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      errors += 1
      mistakes.add(`standard input:${String(index + 1)}: ${error.message}`)
    }
  }
  for (const line of mistakes.list((count) => `standard input: ${count} more errors`)) tool.report(line)
  if (errors > 0) throw new Error(`nothing was written: ${String(errors)} lines have errors`)
  return networks
}
