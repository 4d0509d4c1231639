// tumgreyspf-whitelist: the exempt clients kept in the store, those that proved themselves, and single triplets that
// wait.
import { parseIpAddress } from '../../net/ip-address.js'
import { formatNetwork, parseNetwork } from '../../net/network.js'
import { parseNamePattern, type ClientPattern } from '../../net/client-name.js'
import { formatTripletNetwork, parseTripletNetwork } from '../../greylist/triplet.js'
import { quoteValue } from '../../log/escape.js'
import { formatTime } from '../../stat/format-time.js'
import { ParseError } from '../../system/parse-error.js'
import { changeList, type StoredList } from '../change-list.js'
import { UsageError } from '../command-line.js'
import { proposeListOperands, readListOperands, readListValues } from '../list-operands.js'
import { checkListOptions, formatDay, listOptions, newNote, noteColumns, noteJson } from '../list-options.js'
import { openAdminStore } from '../../stores/open-admin-store.js'
import type { AdminStore, Note, ProvenClient, Whitelisted, WhitelistName } from '../../stores/store.js'
import { defineCommand } from '../run-tool.js'
import { changeTriplet, type TripletAction } from '../change-triplet.js'

const lists = ['spf', 'greylist', 'auto'] as const
const tripletActions: readonly TripletAction[] = ['pass', 'forget']

/** The program tumgreyspf-whitelist. */
export const whitelistCommand = defineCommand(
  {
    name: 'tumgreyspf-whitelist',
    usage:
      '[-c FILE] [--comment TEXT] [--json] add|remove|list spf|greylist|auto [ADDRESS|NETWORK|NAME...] | pass|forget CLIENT SENDER RECIPIENT',
    purpose:
      'Exempts clients from the SPF or the greylist check, by network or by a name that Postfix has verified. The ' +
      'lists are kept in the store and take effect with the next request; clients in the settings file ' +
      '(spfWhiteList, greylistWhiteList) are exempt too. The list auto shows the clients whose triplets have passed ' +
      '(autoWhitelistCount). "pass" lets one pending triplet pass now, and "forget" removes it.',
    options: listOptions,
    examples: [
      ['$0 add greylist 192.0.2.0/24 --comment "ticket 4711"', 'never greylist this network'],
      ['$0 add greylist .example.org', 'never greylist clients below this name'],
      ['$0 add spf 2001:db8::25', 'never check SPF for mail from this host, such as a secondary MX'],
      ['$0 remove greylist 192.0.2.0/24', 'greylist it again'],
      ['$0 list greylist', 'list one client per line, with day and comment'],
      ['$0 list auto', 'list clients whose triplets have passed, how often, and the day they were last seen'],
      ['$0 pass 192.0.2.7 a@example.net b@example.org', 'let the next attempt pass'],
      ['$0 forget 192.0.2.7 a@example.net b@example.org', 'defer the next attempt again'],
    ],
    completeOperands: (given) =>
      given.length === 0
        ? [...proposeListOperands(given, lists), ...tripletActions]
        : proposeListOperands(given, lists),
  },
  async ({ options, operands }, tool) => {
    const tripletAction = tripletActions.find((name) => name === operands[0])
    checkListOptions(options, operands[0] ?? '')
    if (tripletAction !== undefined) {
      const [, client = '', sender, recipient, ...rest] = operands
      const clientAddress = parseIpAddress(client)
      if (sender === undefined || recipient === undefined || rest.length > 0)
        throw new UsageError(`expected a client, a sender and a recipient to ${tripletAction}`)
      if (clientAddress === undefined)
        throw new UsageError(`expected the client's IP address, got ${quoteValue(client)}`)
      const settings = tool.readSettings(options.config)
      const store = await openAdminStore(settings, tool.log)
      const status = await changeTriplet(
        tripletAction,
        { clientAddress, sender, recipient },
        settings,
        store,
        tool,
      )
      await store.close()
      return status
    }
    const { action, list, values } = readListOperands(operands, lists, 'an address, a network or a name')
    if (list === 'auto' && action === 'add')
      throw new UsageError('clients are added to "auto" automatically: expected remove or list')
    const proven = list === 'auto' ? readListValues(values, action, list, parseProvenClient) : []
    const clients = list === 'auto' ? [] : readListValues(values, action, list, parseClient)
    const store = await openAdminStore(tool.readSettings(options.config), tool.log)
    // What is added to a damaged file is lost with it, though it may be written to a page that is whole.
    if (action !== 'list') await store.check()
    const status =
      list === 'auto'
        ? await changeList(provenList(store), action, proven, options.json, tool)
        : await changeList(clientList(store, list, newNote(options)), action, clients, options.json, tool)
    await store.close()
    return status
  },
)

function clientList(
  store: AdminStore,
  list: WhitelistName,
  note: Note,
): StoredList<ClientPattern, Whitelisted> {
  return {
    name: list,
    format: formatClient,
    add: (client) => store.addWhitelisted(list, { client, ...note }),
    remove: (client) => store.removeWhitelisted(list, client),
    items: () => store.whitelisted(list),
    toColumns: ({ client, ...kept }) => [formatClient(client), ...noteColumns(kept)],
    toJson: ({ client, ...kept }) => ({ client: formatClient(client), ...noteJson(kept) }),
  }
}

function provenList(store: AdminStore): StoredList<string, ProvenClient> {
  return {
    name: 'auto',
    format: (client) => client,
    add: async () => false,
    remove: (client) => store.removeProvenClient(client),
    items: () => store.provenClients(),
    toColumns: ({ client, count, lastSeen }) => [client, String(count), formatDay(lastSeen)],
    toJson: ({ client, count, lastSeen, lastCounted }) => ({
      client,
      count,
      last_seen: formatTime(lastSeen),
      last_counted: formatTime(lastCounted),
    }),
  }
}

function formatClient(client: ClientPattern): string {
  return typeof client === 'string' ? client : formatNetwork(client)
}

/** @throws ParseError */
function parseClient(text: string): ClientPattern {
  try {
    return parseNamePattern(text) ?? parseNetwork(text)
  } catch (error) {
    // What has a slash or looks like numbers was meant for a network.
    if (!(error instanceof ParseError) || /^[\d.:/a-f]*$/i.test(text)) throw error
    throw new ParseError(`${error.reason}, or a name such as .example.org`)
  }
}

/** @throws ParseError */
function parseProvenClient(text: string): string {
  const network = parseTripletNetwork(text.toLowerCase())
  if (network === undefined) throw new ParseError('expected an IP address, or spf:DOMAIN')
  return formatTripletNetwork(network)
}
