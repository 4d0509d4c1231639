#!/usr/bin/env node
// tumgreyspf-addip: exempts IP prefixes by files of the config directories. Wires the parts together; what they do is
// in lib/.
import { isatty } from 'node:tty'
import { formatNetwork, type Network } from '../lib/address/network.js'
import { exemptFileText, parseExemptPrefix } from '../lib/config/exempt-prefix.js'
import { asOwnerOf } from '../lib/edge/as-owner.js'
import { settingsOption, UsageError } from '../lib/edge/command-line.js'
import { findExemptFile, writeExemptFile } from '../lib/edge/exempt-files.js'
import { readLines } from '../lib/edge/read-lines.js'
import { readToolSettings, runTool } from '../lib/edge/run-tool.js'
import { ToolError } from '../lib/edge/tool-error.js'
import { ToolOutput, writeError } from '../lib/edge/tool-output.js'
import { quoteValue } from '../lib/log/quote-value.js'

await runTool(
  {
    name: 'tumgreyspf-addip',
    usage: '[-c FILE] [--dry-run] [PREFIX...]',
    purpose:
      'Exempts clients from all checks, by writing config/client_address/.../__default__. Without PREFIX, prefixes ' +
      'are read from standard input, one a line.',
    options: {
      ...settingsOption,
      'dry-run': { alias: 'n', type: 'boolean', default: false, describe: 'only say what would be written' },
    },
    examples: [
      ['$0 192.0.2', 'all of 192.0.2.0/24'],
      ['$0 192.0.2.7 2001:db8::/32', 'an address and a network'],
      ['$0 --dry-run < FILE', 'what a list would come to'],
    ],
    notes: `The file says:\n${exemptFileText.replace(/^/gm, '  ').trimEnd()}`,
  },
  async ({ options, operands }) => {
    const isFromInput = operands.length === 0
    if (isFromInput && isatty(0)) throw new UsageError('expected a prefix such as 192.0.2 or 2001:db8::/32')
    const given = isFromInput ? readInput() : operands.map(parseOperand)
    const networks = new Map(given.map((network) => [formatNetwork(network), network])).values()
    const settings = readToolSettings(options.config)
    const { configPath } = settings
    if (configPath === undefined)
      throw new ToolError(`addip: configPath is not set in ${options.config}, so no config directory counts`)
    // Whatever the caller's umask is, the policy user has to read the files.
    process.umask(0o022)
    const output = new ToolOutput()
    // Root works as the owner of the config directory: what is made belongs to that user.
    const files = asOwnerOf(configPath, () =>
      Array.from(networks, (network) => findExemptFile(configPath, network)),
    )
    for (const file of files) {
      const name = formatNetwork(file.network)
      if (file.isThere) await output.write(`${name} is exempt already: ${file.path}\n`)
      else if (options['dry-run']) await output.write(`would exempt ${name}: ${file.path}\n`)
      else {
        asOwnerOf(configPath, () => {
          writeExemptFile(file)
        })
        await output.write(`exempted ${name}: ${file.path}\n`)
      }
    }
    return 0
  },
)

function parseOperand(text: string): Network {
  const network = parseExemptPrefix(text)
  if (typeof network === 'string') throw new UsageError(`cannot exempt ${quoteValue(text)}: ${network}`)
  return network
}

/** The first word of each line that is neither empty nor a comment; all bad lines are said before anything is done. */
function readInput(): Network[] {
  const networks: Network[] = []
  let faults = 0
  for (const [index, line] of readLines(0).entries()) {
    const [word] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (word === undefined || word === '') continue
    const network = parseExemptPrefix(word)
    if (typeof network === 'string') {
      faults += 1
      writeError(`addip: standard input:${String(index + 1)}: cannot exempt ${quoteValue(word)}: ${network}`)
    } else networks.push(network)
  }
  if (faults > 0)
    throw new ToolError(`addip: nothing was written: ${String(faults)} of the lines cannot be used`)
  return networks
}
