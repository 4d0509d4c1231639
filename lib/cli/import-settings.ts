// tumgreyspf-import from postgrey and policyd-spf: prints settings, writes files of the config directories, and takes
// the triplets of postgrey.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { importEntries } from '../greylist/import-entries.js'
import { clientNetwork } from '../greylist/triplet.js'
import { migratePolicydSpf } from '../migration/policyd-spf.js'
import { migratePostgrey, postgreyDelay } from '../migration/postgrey.js'
import {
  parsePostgreyOptions,
  readPostgreyDefaults,
  type PostgreyOptions,
} from '../migration/postgrey-options.js'
import type { ConfigFile, MigratedSettings } from '../migration/settings-lines.js'
import type { Settings } from '../settings/settings-table.js'
import { trimSlashes } from '../settings/trim-slashes.js'
import { openAdminStore } from '../stores/open-admin-store.js'
import { readPostgreyTriplets } from '../stores/postgrey/postgrey-triplets.js'
import { makeDirectory } from '../system/as-owner.js'
import { describeCause, errorCode } from '../system/error.js'
import { readTextFile } from '../system/read-file.js'
import { writeFile } from '../system/write-file.js'
import type { Tool } from './tool.js'

/** Another program and where its settings are. */
export interface MigrationAddress {
  readonly program: 'postgrey' | 'policyd-spf'
  readonly path: string
}

/** Reads postgrey:///DIR and policyd-spf:///FILE; undefined for what is neither. */
export function readMigrationAddress(from: string | undefined): MigrationAddress | undefined {
  const [, program, path = ''] = /^(postgrey|policyd-spf):\/\/(\/.+)$/.exec(from ?? '') ?? []
  if (program === undefined) return undefined
  return { program: program === 'postgrey' ? 'postgrey' : 'policyd-spf', path: trimSlashes(path) }
}

/** Prints the settings; without a dry run, writes files and entries. @throws Error @throws StoreError */
export async function importSettings(
  { program, path }: MigrationAddress,
  settingsPath: string,
  isDryRun: boolean,
  tool: Tool,
): Promise<number> {
  if (program === 'policyd-spf') {
    const migrated = migratePolicydSpf(readIfThere(path) ?? fail(path))
    const settings = isDryRun || migrated.files.length === 0 ? undefined : tool.readSettings(settingsPath)
    await tool.write(formatMigrated(migrated, settings))
    return 0
  }
  const postgrey = readPostgrey(path, tool)
  const hasDatabase = existsSync(postgrey.database)
  const settings = isDryRun || !hasDatabase ? undefined : tool.readSettings(settingsPath)
  await tool.write(formatMigrated(postgrey.migrated, settings))
  if (settings === undefined) {
    await tool.write(
      hasDatabase
        ? `# not imported: ${postgrey.database}\n`
        : `# no triplets imported: ${postgrey.database} does not exist\n`,
    )
    return 0
  }
  return importTriplets(postgrey.database, postgrey.delaySeconds, settings, tool)
}

/** What postgrey was set up with. */
interface PostgreySetup {
  readonly migrated: MigratedSettings
  readonly delaySeconds: number
  readonly database: string
}

/**
 * Reads the directory of the whitelists; in /etc/postgrey, of any root, the options are in /etc/default/postgrey, by which
 * it can be named, too. @throws Error
 */
function readPostgrey(path: string, tool: Tool): PostgreySetup {
  const directory = path.replace(/\/etc\/default\/postgrey$/, '/etc/postgrey')
  if (!existsSync(directory)) throw new Error(`cannot read ${directory}: no such directory`)
  const root = directory.endsWith('/etc/postgrey') ? directory.slice(0, -'/etc/postgrey'.length) : undefined
  const defaultsFile = join(dirname(directory), 'default', 'postgrey')
  const text = root === undefined ? undefined : readIfThere(defaultsFile)
  const options: PostgreyOptions = text === undefined ? parsePostgreyOptions([]) : readPostgreyDefaults(text)
  const clients = readWhitelists(directory, 'whitelist_clients', options.clientFiles, tool)
  const recipients = readWhitelists(directory, 'whitelist_recipients', options.recipientFiles, tool)
  const dataDirectory =
    options.values.get('dbdir') ?? (root === undefined ? directory : `${root}/var/lib/postgrey`)
  return {
    migrated: migratePostgrey(options, clients, recipients),
    delaySeconds: postgreyDelay(options),
    database: `${dataDirectory}/postgrey.db`,
  }
}

/** The files that are named, or else the usual one and its ".local". */
function readWhitelists(directory: string, name: string, named: readonly string[], tool: Tool): string {
  const files = named.length > 0 ? named : [`${directory}/${name}`, `${directory}/${name}.local`]
  return files
    .map((file) => {
      const text = readIfThere(file)
      if (text === undefined && !file.endsWith('.local'))
        tool.report(`${file}: no such file; its whitelist is skipped`)
      return text ?? ''
    })
    .join('\n')
}

/** With settings, the files are written where nothing is; else they are shown. @throws Error */
function formatMigrated({ lines, files }: MigratedSettings, settings: Settings | undefined): string {
  const shown = files.flatMap((file) => {
    const head =
      settings === undefined ? 'to be written under the config directories' : writeConfigFile(file, settings)
    return [
      `# ${head}: ${file.path}:`,
      ...file.text
        .trimEnd()
        .split('\n')
        .map((line) => `#   ${line}`),
    ]
  })
  return `${[...lines, ...shown].join('\n')}\n`
}

function writeConfigFile({ path, text }: ConfigFile, { configPath }: Settings): string {
  if (configPath === undefined) return 'not written, since configPath is not set'
  const full = `${configPath}/${path}`
  if (existsSync(full)) return 'not written, since the file exists: add'
  makeDirectory(dirname(full), 0o755)
  writeFile(full, text)
  return 'written'
}

async function importTriplets(
  file: string,
  delaySeconds: number,
  settings: Settings,
  tool: Tool,
): Promise<number> {
  const target = await openAdminStore(settings, tool.log)
  let unreadable = 0
  const entries = readPostgreyTriplets({
    file,
    delaySeconds,
    networkOf: (address) => clientNetwork(address, settings),
    report: (line) => {
      unreadable += 1
      // A database of hashes has nothing else.
      if (unreadable <= 10) tool.report(line)
    },
  })
  const { seen, written, isStopped } = await importEntries({
    source: { store: undefined, entries },
    target,
    stop: tool.streams.catchSignals(),
    onProgress: (done) => {
      tool.progress.show(done, undefined)
    },
  })
  await target.close()
  if (isStopped) tool.report(`interrupted after ${String(seen)} entries`)
  const left = unreadable === 0 ? '' : `, ${String(unreadable)} skipped`
  await tool.write(`# imported ${String(written)} of ${String(seen)} entries from ${file}${left}\n`)
  return isStopped || unreadable > 0 ? 1 : 0
}

function fail(path: string): never {
  throw new Error(`cannot read ${path}: no such file`)
}

function readIfThere(path: string): string | undefined {
  try {
    return readTextFile(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw new Error(`cannot read ${path}: ${describeCause(error)}`, { cause: error })
  }
}
