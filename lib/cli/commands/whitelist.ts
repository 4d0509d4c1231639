// tumgreyspf-whitelist: the exempt networks kept in the store.
import { formatNetwork, parseNetwork } from '../../net/network.js'
import { changeList } from '../change-list.js'
import { settingsOption } from '../command-line.js'
import { proposeListOperands, readListOperands, readListValues } from '../list-operands.js'
import { openAdminStore } from '../../stores/open-admin-store.js'
import { defineCommand } from '../run-tool.js'

const lists = ['spf', 'greylist'] as const

/** The program tumgreyspf-whitelist. */
export const whitelistCommand = defineCommand(
  {
    name: 'tumgreyspf-whitelist',
    usage: '[-c FILE] add|remove|list spf|greylist [ADDRESS|NETWORK...]',
    purpose:
      'Exempts networks from the SPF or the greylist check. They are kept in the store and count from the next ' +
      'request on; those of the settings file (spfWhiteList, greylistWhiteList) count beside them.',
    options: settingsOption,
    examples: [
      ['$0 add greylist 192.0.2.0/24', 'never greylist this network'],
      [
        '$0 add spf 2001:db8::25',
        'never check the SPF of what this host brings, a secondary MX for instance',
      ],
      ['$0 remove greylist 192.0.2.0/24', 'greylist it again'],
      ['$0 list greylist', 'one network a line, in order of address'],
    ],
    completeOperands: (given) => proposeListOperands(given, lists),
  },
  async ({ options, operands }, tool) => {
    const { action, list, values } = readListOperands(operands, lists, 'an address or a network')
    const networks = readListValues(values, action, list, parseNetwork)
    const store = await openAdminStore(tool.readSettings(options.config), tool.log)
    const status = await changeList(
      {
        name: list,
        format: formatNetwork,
        add: (network) => store.addNetwork(list, network),
        remove: (network) => store.removeNetwork(list, network),
        items: () => store.networks(list),
      },
      action,
      networks,
      tool,
    )
    await store.close()
    return status
  },
)
