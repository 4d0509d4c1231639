// tumgreyspf-blackhole: trap addresses and the clients they caught.
import { formatIpAddress, parseIpAddress, type IpAddress } from '../../net/ip-address.js'
import { parseTrapAddress } from '../../checks/trap-address.js'
import { changeList } from '../change-list.js'
import { settingsOption } from '../command-line.js'
import { proposeListOperands, readListOperands, readListValues } from '../list-operands.js'
import { openAdminStore } from '../../stores/open-admin-store.js'
import { defineCommand } from '../run-tool.js'
import { escapeValue } from '../../log/escape.js'

const lists = ['address', 'ip'] as const

/** The program tumgreyspf-blackhole. */
export const blackholeCommand = defineCommand(
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
  async ({ options, operands }, tool) => {
    const { action, list, values } = readListOperands(operands, lists, 'a value')
    const traps = list === 'address' ? readListValues(values, action, list, parseTrapAddress) : []
    const clients = list === 'ip' ? readListValues(values, action, list, parseClient) : []
    const store = await openAdminStore(tool.readSettings(options.config), tool.log)
    const status =
      list === 'address'
        ? await changeList(
            {
              name: 'the trap addresses',
              format: escapeValue,
              add: (address) => store.addTrap(address),
              remove: (address) => store.removeTrap(address),
              items: () => store.traps(),
            },
            action,
            traps.map(({ address }) => address),
            tool,
          )
        : await changeList(
            {
              name: 'the caught clients',
              format: formatIpAddress,
              add: (address) => store.addBlackholed(address),
              remove: (address) => store.removeBlackholed(address),
              items: () => store.blackholed(),
            },
            action,
            clients,
            tool,
          )
    await store.close()
    return status
  },
)

function parseClient(text: string): IpAddress | string {
  return parseIpAddress(text) ?? 'expected an IP address'
}
