// Chooses the SQLite driver: Node's own where Node has it without a flag (22.13 and later), else the package with the
// same interface. Nothing else knows that there are two.
import { describeCause } from '../../system/error.js'
import { loadNative } from '../../system/load-native.js'
import type * as SqlitePackage from '@photostructure/sqlite'

/** An open database file. */
export type Database = SqlitePackage.DatabaseSyncInstance
/** A prepared statement. */
export type Statement = SqlitePackage.StatementSyncInstance

type Driver = Pick<typeof SqlitePackage, 'DatabaseSync'>

let driver: Driver | undefined

const busy = 5

const codesWithoutNumber: Readonly<Record<string, number>> = {
  'database disk image is malformed': 11,
  'file is not a database': 26,
  'database is locked': busy,
}

/** Loads the driver; a store does so before it is used. @throws Error if there is none */
export function loadDriver(): Driver {
  return (driver ??= loadNodeDriver() ?? loadPackage())
}

/** Opens a database file, which SQLite makes if there is none. @throws Error of SQLite's */
export function openDatabase(path: string): Database {
  return new (loadDriver().DatabaseSync)(path)
}

/** SQLite's result code, with its extension, of an error; undefined for other errors. https://sqlite.org/rescode.html */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode
  // The package's all() gives the message alone.
  return codesWithoutNumber[error.message]
}

/** Whether another process holds the lock. */
export function isBusy(error: unknown): boolean {
  return primaryCode(error) === busy
}

/** SQLite's result code without its extension; 0 for other errors. */
export function primaryCode(error: unknown): number {
  return (sqliteCode(error) ?? 0) & 0xff
}

function loadNodeDriver(): Driver | undefined {
  // Node warns that its driver is experimental. Descriptor 2 may be Postfix's socket, and no administrator can act on it.
  const emitWarning = process.emitWarning.bind(process)
  process.emitWarning = () => undefined
  try {
    return process.getBuiltinModule('node:sqlite' as 'node:module') as unknown as Driver | undefined
  } finally {
    process.emitWarning = emitWarning
  }
}

function loadPackage(): Driver {
  const file = `prebuilds/${process.platform}-${process.arch}/@photostructure+sqlite.glibc.node`
  try {
    return loadNative(`@photostructure/sqlite/${file}`, '@photostructure/sqlite') as Driver
  } catch (error) {
    throw new Error(
      `Node ${process.versions.node} has no SQLite, and the package @photostructure/sqlite cannot be loaded (install it with npm): ${describeCause(error)}`,
      { cause: error },
    )
  }
}
