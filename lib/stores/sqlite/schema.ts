// The tables, documented in tumgreyspf-store(5), and how a file of an older version becomes one of this version.
import type { Database } from './driver.js'

/** The steps from an empty file to the current schema; `PRAGMA user_version` counts those that a file has seen. */
const steps: readonly string[] = [
  `CREATE TABLE greylist (
    network TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    client TEXT NOT NULL,
    first_seen REAL,
    allowed_from REAL NOT NULL,
    last_seen REAL NOT NULL,
    count INTEGER,
    PRIMARY KEY (network, sender, recipient)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE whitelist (
    list TEXT NOT NULL,
    prefix_length INTEGER NOT NULL,
    network TEXT NOT NULL,
    PRIMARY KEY (list, prefix_length, network)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE trap (address TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE blackholed (client TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;`,
  `ALTER TABLE whitelist ADD COLUMN comment TEXT;
  ALTER TABLE whitelist ADD COLUMN added REAL;
  CREATE TABLE whitelist_name (
    list TEXT NOT NULL,
    name TEXT NOT NULL,
    comment TEXT,
    added REAL,
    PRIMARY KEY (list, name)
  ) STRICT, WITHOUT ROWID;
  ALTER TABLE trap ADD COLUMN comment TEXT;
  ALTER TABLE trap ADD COLUMN added REAL;
  ALTER TABLE blackholed ADD COLUMN caught_at REAL;
  ALTER TABLE blackholed ADD COLUMN trap TEXT;
  ALTER TABLE blackholed ADD COLUMN sender TEXT;
  CREATE TABLE autowhitelist (
    client TEXT PRIMARY KEY NOT NULL,
    count INTEGER NOT NULL,
    last_seen REAL NOT NULL,
    last_counted REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE learned (
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    last_seen REAL NOT NULL,
    PRIMARY KEY (sender, recipient)
  ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE counter (
    day TEXT NOT NULL,
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (day, name)
  ) STRICT, WITHOUT ROWID;`,
]

/** Upgrades a file to the current schema. @throws Error if a later version of the program created it */
export function migrate(database: Database): void {
  if (readVersion(database) === steps.length) return
  database.exec('BEGIN IMMEDIATE')
  // Another process may have been faster.
  const version = readVersion(database)
  if (version > steps.length)
    throw new Error(
      `expected schema version ${String(steps.length)} or older, got ${String(version)}: update tumgreyspf`,
    )
  for (const step of steps.slice(version)) database.exec(step)
  database.exec(`PRAGMA user_version = ${String(steps.length)}; COMMIT`)
}

function readVersion(database: Database): number {
  return Number(Object.values(database.prepare('PRAGMA user_version').get() as object)[0])
}
