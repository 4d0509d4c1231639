// tumgreyspf-blackhole: trap addresses and the clients they caught.
import { formatIpAddress, isLoopback, parseIpAddress, type IpAddress } from '../../net/ip-address.js'
import { isCheckerNamed } from '../../config/files/checker-names.js'
import { formatTime } from '../../stat/format-time.js'
import type { AdminStore, Caught, Trap } from '../../stores/store.js'
import type { Settings } from '../../settings/settings-table.js'
import { UsageError } from '../command-line.js'
import { changeList, type StoredList } from '../change-list.js'
import { proposeListOperands, readListOperands, readListValues } from '../list-operands.js'
import { checkListOptions, formatDay, listOptions, newNote, noteColumns, noteJson } from '../list-options.js'
import { openAdminStore } from '../../stores/open-admin-store.js'
import { defineCommand } from '../run-tool.js'
import { escapeValue } from '../../log/escape.js'
import { ParseError } from '../../system/parse-error.js'

const lists = ['address', 'ip'] as const
const daySeconds = 86_400

/** The program tumgreyspf-blackhole. */
export const blackholeCommand = defineCommand(
  {
    name: 'tumgreyspf-blackhole',
    usage: '[-c FILE] [--comment TEXT] [--json] add|remove|list address|ip [VALUE...]',
    purpose:
      'Manages trap addresses, to which only spammers write, and the clients that they have caught, whose mail is ' +
      'rejected, for blackholeExpireDays if that is set. Both are used where CHECKERS includes blackhole.',
    options: listOptions,
    examples: [
      ['$0 add address trap@example.org --comment "on the web page only"', 'catch clients that write to it'],
      ['$0 list ip', 'list caught clients with the day, the trap, the sender and the day of their release'],
      ['$0 remove ip 192.0.2.7', 'release a client'],
    ],
    completeOperands: (given) => proposeListOperands(given, lists),
  },
  async ({ options, operands }, tool) => {
    const { action, list, values } = readListOperands(operands, lists, 'a value')
    checkListOptions(options, action)
    if (options.comment !== undefined && list === 'ip')
      throw new UsageError('--comment can only be used with add address')
    const traps = list === 'address' ? readListValues(values, action, list, parseTrapAddress) : []
    const clients =
      list === 'ip'
        ? readListValues(values, action, list, action === 'add' ? parseCatchable : parseClient)
        : []
    const settings = tool.readSettings(options.config)
    const store = await openAdminStore(settings, tool.log)
    // What is added to a damaged file is lost with it, though it may be written to a page that is whole.
    if (action !== 'list') await store.check()
    const note = newNote(options)
    const status =
      list === 'address'
        ? await changeList(
            trapList(store, (address) => ({ address, ...note })),
            action,
            traps,
            options.json,
            tool,
          )
        : await changeList(clientList(store, settings), action, clients, options.json, tool)
    await store.close()
    if (action === 'add' && !isCheckerNamed('blackhole', settings, tool.log))
      tool.report('no CHECKERS includes blackhole: add it to checkers, or no client is caught or rejected')
    return status
  },
)

function trapList(store: AdminStore, toTrap: (address: string) => Trap): StoredList<string, Trap> {
  return {
    name: 'the trap addresses',
    format: escapeValue,
    add: (address) => store.addTrap(toTrap(address)),
    remove: (address) => store.removeTrap(address),
    items: () => store.traps(),
    toColumns: (trap) => [escapeValue(trap.address), ...noteColumns(trap)],
    toJson: (trap) => ({ address: trap.address, ...noteJson(trap) }),
  }
}

function clientList(store: AdminStore, { blackholeExpireDays }: Settings): StoredList<IpAddress, Caught> {
  const expiryOf = (caughtAt: number | undefined): number | undefined =>
    caughtAt === undefined || blackholeExpireDays === undefined
      ? undefined
      : caughtAt + blackholeExpireDays * daySeconds
  return {
    name: 'the caught clients',
    format: formatIpAddress,
    add: (client) => store.addBlackholed({ client, caughtAt: Date.now() / 1_000 }),
    remove: (client) => store.removeBlackholed(client),
    items: () => store.blackholed(),
    toColumns: ({ client, caughtAt, trap, sender }) => [
      formatIpAddress(client),
      formatDay(caughtAt),
      show(trap),
      show(sender),
      formatDay(expiryOf(caughtAt)),
    ],
    toJson: ({ client, caughtAt, trap, sender }) => ({
      client_address: formatIpAddress(client),
      caught: timeOf(caughtAt),
      trap,
      sender,
      expires: timeOf(expiryOf(caughtAt)),
    }),
  }
}

function show(address: string | undefined): string | undefined {
  return address === undefined ? undefined : address === '' ? '<>' : escapeValue(address)
}

function timeOf(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : formatTime(seconds)
}

function parseClient(text: string): IpAddress {
  const address = parseIpAddress(text)
  if (address === undefined) throw new ParseError('expected an IP address')
  return address
}

function parseCatchable(text: string): IpAddress {
  const client = parseClient(text)
  if (isLoopback(client)) throw new ParseError('loopback is never caught')
  return client
}

/** A trap address in lower case, as in requests. @throws ParseError */
export function parseTrapAddress(text: string): string {
  if (/^[^\s\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(text)) return text.toLowerCase()
  throw new ParseError('expected an address such as trap@example.org')
}
