// tumgreyspf-import: takes entries from another store.
import { statSync } from 'node:fs'
import { settingsOption } from '../command-definition.js'
import { UsageError } from '../command-line.js'
import { readEntryTree } from '../../stores/files-1.38/entry-tree.js'
import { openAdminStore } from '../../stores/open-admin-store.js'
import { dataFile } from '../../stores/open-store.js'
import { importSettings, readMigrationAddress } from '../import-settings.js'
import { refuseOperands, defineCommand } from '../run-tool.js'
import { describeCause } from '../../system/error.js'
import { readTextFile } from '../../system/read-file.js'
import { clientNetwork } from '../../greylist/triplet.js'
import { importEntries, type ImportSource } from '../../greylist/import-entries.js'
import { escapeValue } from '../../log/escape.js'
import { readMongodbAddress } from '../../stores/mongodb/mongodb-address.js'
import type { Settings } from '../../settings/settings-table.js'
import { trimSlashes } from '../../settings/trim-slashes.js'

/** The program tumgreyspf-import. */
export const importCommand = defineCommand(
  {
    name: 'tumgreyspf-import',
    usage: '[-c FILE] [--dry-run] --from ADDRESS',
    purpose:
      'Copies entries, whitelists, traps and caught clients from another store into the configured one. ' +
      'An entry that was seen more recently in the configured store is kept as it is, so an import can be repeated. ' +
      'For postgrey and policyd-spf, it prints equivalent settings, and imports the triplets of postgrey.',
    options: {
      ...settingsOption,
      from: {
        alias: 'f',
        type: 'string',
        requiresArg: true,
        demandOption: false,
        describe:
          'sqlite:///FILE, mongodb://HOST/NAME, file:///DIR (the greylistDir of tumgreyspf 1.38), ' +
          'postgrey:///etc/postgrey, or policyd-spf:///FILE; @FILE reads the address from a file',
      },
      'dry-run': {
        alias: 'n',
        type: 'boolean',
        default: false,
        describe: 'with postgrey and policyd-spf: only print the settings, write nothing',
      },
    },
    examples: [
      [
        '$0 --from sqlite:///var/local/lib/tumgreyspf/data/tumgreyspf.db',
        'from the embedded store, for example to MongoDB',
      ],
      [
        '$0 --from mongodb://db.example.org/tumgreyspf',
        'from a database of tumgreyspf or of its MongoDB fork',
      ],
      [
        '$0 --from @/root/mongodb-address',
        'the same with a password, from a file, so that no process list shows it',
      ],
      ['$0 --from file:///var/local/lib/tumgreyspf/data', 'from the files of tumgreyspf 1.38'],
      [
        '$0 --from postgrey:///etc/postgrey',
        'settings equivalent to options and whitelists of postgrey, and its triplets',
      ],
      ['$0 --from policyd-spf:///etc/postfix-policyd-spf-python/policyd-spf.conf', 'equivalent settings'],
    ],
  },
  async ({ options, operands }, tool) => {
    refuseOperands(operands)
    const migration = readMigrationAddress(options.from)
    if (migration !== undefined) return importSettings(migration, options.config, options['dry-run'], tool)
    if (options['dry-run']) throw new UsageError('--dry-run is for postgrey and policyd-spf')
    const from = readAddress(options.from)
    const settings = tool.readSettings(options.config)
    const target = await openAdminStore(settings, tool.log)
    let unreadable = 0
    const report = (line: string): void => {
      unreadable += 1
      tool.report(line)
    }
    const source = await openSource(from, settings, report)
    const stop = tool.streams.catchSignals()
    const total = await source.store?.countEntries()
    const { seen, written, added, isStopped } = await importEntries({
      source,
      target,
      stop,
      onProgress: (done) => {
        tool.progress.show(done, total)
      },
    })
    await source.store?.close()
    await target.close()
    const ofTotal = total === undefined ? '' : ` of about ${String(total)}`
    if (isStopped) tool.report(`interrupted after ${String(seen)}${ofTotal} entries`)
    const outcome = [
      `imported ${String(written)} of ${String(seen)} entries`,
      ...countOf(added.networks, 'whitelisted client', 'whitelisted clients'),
      ...countOf(added.traps, 'trap', 'traps'),
      ...countOf(added.blackholed, 'caught client', 'caught clients'),
      ...countOf(added.proven, 'autowhitelisted client', 'autowhitelisted clients'),
      ...countOf(added.learned, 'learned recipient', 'learned recipients'),
      ...countOf(unreadable, 'item skipped', 'items skipped'),
    ]
    await tool.write(`${outcome.join(', ')}\n`)
    return isStopped || unreadable > 0 ? 1 : 0
  },
)

/** The address as given, or from a file, since anyone can see a command line. @throws UsageError @throws Error */
function readAddress(given: string | undefined): string {
  if (given === undefined) throw new UsageError('expected --from with the address of another store')
  const address = /^@./.test(given) ? readAddressFile(given.slice(1)) : given
  if (!/^(?:sqlite:\/\/\/.|file:\/\/\/.|mongodb(?:\+srv)?:\/\/.)/.test(address))
    throw new UsageError(
      'option "--from" expects sqlite:///FILE, mongodb://HOST/NAME, file:///DIR, postgrey:///DIR, policyd-spf:///FILE or @FILE',
    )
  return address
}

function readAddressFile(path: string): string {
  try {
    return readTextFile(path).trim()
  } catch (error) {
    throw new Error(`cannot read ${escapeValue(path)}: ${describeCause(error)}`)
  }
}

/** What to import from. @throws Error */
async function openSource(
  from: string,
  settings: Settings,
  report: (line: string) => void,
): Promise<ImportSource> {
  if (!from.startsWith('file://')) {
    const sourceSettings = { ...settings, dbUrl: from, dbHost: undefined }
    if (placeOf(sourceSettings) === placeOf(settings))
      throw new Error('--from names the configured store itself')
    const store = await openAdminStore(sourceSettings, (_, line) => {
      report(line)
    })
    return { store, entries: store.entries() }
  }
  const directory = trimSlashes(from.slice('file://'.length))
  try {
    if (!statSync(directory).isDirectory()) throw new Error('expected a directory')
  } catch (error) {
    throw new Error(`cannot read ${escapeValue(directory)}: ${describeCause(error)}`)
  }
  const networkOf = (address: Parameters<typeof clientNetwork>[0]): ReturnType<typeof clientNetwork> =>
    clientNetwork(address, settings)
  return { store: undefined, entries: readEntryTree({ directory, networkOf, report }) }
}

function placeOf(settings: Settings): string {
  return readMongodbAddress(settings)?.shown ?? dataFile(settings)
}

function countOf(count: number, one: string, several: string): string[] {
  return count === 0 ? [] : [`${String(count)} ${count === 1 ? one : several}`]
}
