// Runs a built program and tells what came of it.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import { SqliteAdminStore } from '../../lib/stores/sqlite/sqlite-admin-store.js'
import type { StoredEntry } from '../../lib/stores/store.js'

/** How a program ended. */
export interface ProgramResult {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program of build/bin to its end. */
export function runProgram(name: string, words: readonly string[], input = ''): ProgramResult {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [`build/bin/${name}.js`, ...words], {
    input,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LANG: 'de_DE.UTF-8' },
    maxBuffer: 2 ** 28,
  })
  if (error !== undefined) throw error
  return { status, stdout, stderr }
}

/** A settings file with a store of its own that holds the entries, and empty config directories. */
export async function makeSettings(
  t: Test,
  entries: readonly StoredEntry[] = [],
): Promise<{ settings: string; directory: string }> {
  const directory = t.testdir()
  mkdirSync(`${directory}/data`)
  mkdirSync(`${directory}/config`)
  const settings = `${directory}/tumgreyspf.conf`
  writeFileSync(
    settings,
    `dbUrl = 'sqlite://${directory}/data/tumgreyspf.db'\nconfigPath = 'file://${directory}/config'\n`,
  )
  const store = new SqliteAdminStore(`${directory}/data/tumgreyspf.db`, () => undefined)
  for (const entry of entries) await store.importEntry(entry)
  await store.close()
  return { settings, directory }
}

/** An entry first seen so many seconds ago, with a delay of 300 seconds, last seen later or not. */
export function agedEntry(
  client: string,
  sender: string,
  firstSeenAgo: number,
  lastSeenAgo = firstSeenAgo,
): StoredEntry {
  const now = Date.now() / 1_000
  const bytes = Uint8Array.from(client.split('.').slice(0, 3).map(Number).concat(0))
  return {
    triplet: { network: { family: 4, bytes }, addresses: { sender, recipient: 'bob@example.org' } },
    entry: {
      clientAddress: client,
      firstSeen: now - firstSeenAgo,
      allowedFrom: now - firstSeenAgo + 300,
      lastSeen: now - lastSeenAgo,
      count: lastSeenAgo === firstSeenAgo ? 1 : 2,
    },
  }
}
