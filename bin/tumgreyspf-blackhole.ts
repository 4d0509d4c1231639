#!/usr/bin/env node
// tumgreyspf-blackhole: trap addresses and the clients they caught. Wires the parts together; what they do is in lib/.
import { formatIpAddress, parseIpAddress, type IpAddress } from '../lib/net/ip-address.js'
import { parseTrapAddress } from '../lib/checks/trap-address.js'
import { changeList } from '../lib/cli/change-list.js'
import { settingsOption } from '../lib/cli/command-line.js'
import { proposeListOperands, readListOperands, readListValues } from '../lib/cli/list-operands.js'
import { openAdminStore } from '../lib/stores/open-admin-store.js'
import { logToTerminal, readToolSettings, runTool } from '../lib/cli/run-tool.js'
import { ToolOutput } from '../lib/cli/tool-output.js'
import { escapeValue } from '../lib/log/escape.js'

const lists = ['address', 'ip'] as const

await runTool(
  {
    name: 'tumgreyspf-blackhole',
    usage: '[-c FILE] add|remove|list address|ip [VALUE...]',
    purpose:
      'Keeps trap addresses, to which nobody but a spammer writes, and the clients that they caught, from which no ' +
      'mail is taken any more. Both count where CHECKERS has blackhole.',
    options: settingsOption,
    examples: [
      ['$0 add address trap@example.org', 'catch whoever writes to it'],
      ['$0 list ip', 'the clients caught, one a line'],
      ['$0 remove ip 192.0.2.7', 'let a client go'],
    ],
    completeOperands: (given) => proposeListOperands(given, lists),
  },
  async ({ options, operands }) => {
    const { action, list, values } = readListOperands(operands, lists, 'a value')
    const traps = list === 'address' ? readListValues(values, action, list, parseTrapAddress) : []
    const clients = list === 'ip' ? readListValues(values, action, list, parseClient) : []
    const store = await openAdminStore(readToolSettings(options.config), logToTerminal)
    const output = new ToolOutput()
    const subject = 'blackhole'
    const status =
      list === 'address'
        ? await changeList(
            {
              subject,
              name: 'the trap addresses',
              format: escapeValue,
              add: (address) => store.addTrap(address),
              remove: (address) => store.removeTrap(address),
              items: () => store.traps(),
            },
            action,
            traps.map(({ address }) => address),
            output,
          )
        : await changeList(
            {
              subject,
              name: 'the caught clients',
              format: formatIpAddress,
              add: (address) => store.addBlackholed(address),
              remove: (address) => store.removeBlackholed(address),
              items: () => store.blackholed(),
            },
            action,
            clients,
            output,
          )
    await store.close()
    return status
  },
)

function parseClient(text: string): IpAddress | string {
  return parseIpAddress(text) ?? 'expected an IP address'
}
