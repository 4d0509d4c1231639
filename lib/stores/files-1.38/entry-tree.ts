// Reads the entries of tumgreyspf 1.38, which are empty files: a file's modification time is when its triplet is
// allowed from, its access time when it was last seen. Paths in its data directory:
//   client_address/10/9/8[/7]/greylist/SENDER/RECIPIENT     one file for each triplet
//   10/9/8[/7]/check_file                                   the same with greylistByIPOnly
// The last byte is there unless ignoreLastByte was set; an IPv6 address is one directory.
import { lstat, opendir } from 'node:fs/promises'
import { formatIpAddress, parseIpAddress, type IpAddress } from '../../net/ip-address.js'
import type { Entry } from '../../greylist/entry.js'
import type { Triplet } from '../../greylist/triplet.js'
import { unescapeName } from '../../config/lookup-steps.js'
import { escapeValue } from '../../log/escape.js'
import type { StoredEntry } from '../store.js'
import { describeCause } from '../../system/error.js'

/** The source, and how to read it. */
export interface EntryTree {
  readonly directory: string
  /** A client's network according to the settings. */
  readonly networkOf: (address: IpAddress) => IpAddress
  /** Takes a line for each item that is skipped. */
  readonly report: (line: string) => void
}

const batchLength = 1_000

/** All entries in batches, in steady memory. @throws Error if the directory itself cannot be read */
export async function* readEntryTree(tree: EntryTree): AsyncGenerator<readonly StoredEntry[]> {
  let batch: StoredEntry[] = []
  for await (const stored of readTop(tree)) {
    batch.push(stored)
    if (batch.length < batchLength) continue
    yield batch
    batch = []
  }
  yield batch
}

async function* readTop(tree: EntryTree): AsyncGenerator<StoredEntry> {
  for await (const item of await opendir(tree.directory)) {
    const path = `${tree.directory}/${item.name}`
    if (item.isDirectory() && item.name === 'client_address') yield* readClients(tree, path, [])
    else if (item.isDirectory() && isClientDirectory(item.name)) yield* readClients(tree, path, [item.name])
    // The embedded store may be in the same directory: 1.38's default is ours.
    else if (!(item.isFile() && item.name.startsWith('tumgreyspf.db'))) reportOther(tree, path)
  }
}

/** The directories of a client's address, down to its entries. */
async function* readClients(
  tree: EntryTree,
  path: string,
  parents: readonly string[],
): AsyncGenerator<StoredEntry> {
  for await (const { name, isDirectory } of list(tree, path)) {
    const below = `${path}/${name}`
    if (!isDirectory && name === 'check_file') {
      const client = readClient(tree, path, parents)
      if (client !== undefined) yield* readEntry(tree, below, client, undefined)
    } else if (isDirectory && name === 'greylist') {
      const client = readClient(tree, path, parents)
      if (client !== undefined) yield* readSenders(tree, below, client)
    } else if (isDirectory && isClientDirectory(name) && parents.length < 4)
      yield* readClients(tree, below, [...parents, name])
    else reportOther(tree, below)
  }
}

async function* readSenders(tree: EntryTree, path: string, client: IpAddress): AsyncGenerator<StoredEntry> {
  for await (const senderItem of list(tree, path)) {
    const below = `${path}/${senderItem.name}`
    if (!senderItem.isDirectory) {
      reportOther(tree, below)
      continue
    }
    const sender = unescapeName(senderItem.name)
    for await (const { name, isDirectory } of list(tree, below)) {
      if (isDirectory) reportOther(tree, `${below}/${name}`)
      else yield* readEntry(tree, `${below}/${name}`, client, { sender, recipient: unescapeName(name) })
    }
  }
}

async function* readEntry(
  tree: EntryTree,
  path: string,
  client: IpAddress,
  addresses: Triplet['addresses'],
): AsyncGenerator<StoredEntry> {
  try {
    const stats = await lstat(path)
    if (!stats.isFile()) {
      reportOther(tree, path)
      return
    }
    const entry: Entry = {
      clientAddress: formatIpAddress(client),
      firstSeen: undefined,
      allowedFrom: stats.mtimeMs / 1_000,
      lastSeen: stats.atimeMs / 1_000,
      count: undefined,
    }
    yield { triplet: { network: tree.networkOf(client), addresses }, entry }
  } catch (error) {
    reportFault(tree, path, describeCause(error))
  }
}

function readClient(tree: EntryTree, path: string, directories: readonly string[]): IpAddress | undefined {
  const client = readClientPath(directories)
  if (client === undefined)
    reportFault(tree, path, 'expected three or four directories for the bytes of an address, or one for IPv6')
  return client
}

/** The contents of a directory; an unreadable one is reported and empty. */
async function* list(
  tree: EntryTree,
  path: string,
): AsyncGenerator<{ readonly name: string; readonly isDirectory: boolean }> {
  try {
    for await (const item of await opendir(path)) yield { name: item.name, isDirectory: item.isDirectory() }
  } catch (error) {
    reportFault(tree, path, describeCause(error))
  }
}

function reportOther(tree: EntryTree, path: string): void {
  reportFault(tree, path, 'not part of a greylist directory of tumgreyspf 1.38')
}

function reportFault(tree: EntryTree, path: string, cause: string): void {
  tree.report(`${escapeValue(path)}: ${cause}; skipped`)
}

/** The client that directories are for: an address, or the first one of a network; undefined if they are for none. */
export function readClientPath(directories: readonly string[]): IpAddress | undefined {
  const [first = ''] = directories
  if (directories.length === 1) return first.includes(':') ? parseIpAddress(first) : undefined
  if (directories.length < 3 || directories.length > 4) return undefined
  return parseIpAddress([...directories, '0'].slice(0, 4).join('.'))
}

/** Whether a directory of this name can be on the way to a client. */
function isClientDirectory(name: string): boolean {
  return /^\d{1,3}$/.test(name) || name.includes(':')
}
