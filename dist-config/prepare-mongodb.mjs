#!/usr/bin/env node
// Prepares a MongoDB database for tumgreyspf: creates its indexes and, on request, distributes its entries over the shards
// of a cluster. A policy server creates missing indexes itself; this script does so before the first message, reports
// errors, and can make the index unique in a database that has several entries for one triplet. It can be run repeatedly.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { MongoClient, MongoError } from 'mongodb'

const usage = 'usage: prepare-mongodb.mjs [--remove-duplicates] [--shard] ADDRESS|@FILE'
const help = `${usage}

Creates the indexes of tumgreyspf's collections. The user needs the role dbAdmin, and clusterAdmin for --shard.

  ADDRESS              mongodb://[USER:PASSWORD@]HOST/DATABASE
  @FILE                a file with the address: passwords on a command line are visible to every user of the system
  --remove-duplicates  of several entries for one triplet, keep the one that was seen last
  --shard              distribute the entries over the cluster by client network, sender and recipient
  --help               show this help

Exit status: 0 done, 1 failed, 2 wrong usage.
`
const uniqueIndex = { ip: -1, sender: -1, recipient: -1 }
// A shard key has to be ascending and wants an index of its own.
const shardKey = { ip: 1, sender: 1, recipient: 1 }

const commandNotFound = 59
const namespaceNotFound = 26

// An address in which no part of a password can be taken for something else, and shown as that.
const addressSyntax = /^mongodb(\+srv)?:\/\/([^@/?]*@)?[\w.:,[\]%-]+\/[^@/?]+(\?[^@]*)?$/

const { address, options } = readArguments()
const client = openClient()
try {
  const database = client.db()
  await prepareEntries(database)
  await makeIndex(database.collection('blackhole_adresses'), { address: 1 })
  await makeIndex(database.collection('blackhole_ips'), { ip: 1 })
  if (options.shard) await shard(database)
} catch (error) {
  process.stderr.write(`prepare-mongodb: ${describe(error)}\n`)
  process.exitCode = 1
} finally {
  await client.close()
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        'remove-duplicates': { type: 'boolean', default: false },
        shard: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      process.stdout.write(help)
      process.exit(0)
    }
    const [first = ''] = positionals
    const address = first.startsWith('@') ? readAddressFile(first.slice(1)) : first
    if (positionals.length !== 1 || !addressSyntax.test(address))
      throw new Error(
        'expected one address that names a database, with "@", "/" and "?" in a password as %40, %2F and %3F',
      )
    return { address, options: values }
  } catch (error) {
    // What was given may hold a password and is not repeated.
    process.stderr.write(`prepare-mongodb: ${describe(error)}\n${usage}\n`)
    process.exit(2)
  }
}

/** Of a regular file: anything else could block or have no end. */
function readAddressFile(path) {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  try {
    if (!fstatSync(file).isFile()) throw new Error(`${path}: expected a file`)
    const buffer = Buffer.alloc(65_536)
    return buffer.toString('utf8', 0, readSync(file, buffer)).trim()
  } finally {
    closeSync(file)
  }
}

function openClient() {
  try {
    return new MongoClient(address, { serverSelectionTimeoutMS: 10_000 })
  } catch (error) {
    // The driver's own errors are about options; others may repeat the address.
    const cause = error instanceof MongoError ? describe(error) : 'it is not a valid connection string'
    process.stderr.write(`prepare-mongodb: cannot use the address: ${cause}\n`)
    process.exit(2)
  }
}

/** The unique index of the entries; a plain one that took its place goes. */
async function prepareEntries(database) {
  const greylist = database.collection('greylist')
  const present = (await readIndexes(greylist)).find(({ key }) => isSame(key, uniqueIndex))
  if (present?.unique) return say('greylist: the unique index exists')
  const duplicates = await findDuplicates(greylist)
  if (duplicates.length > 0 && !options['remove-duplicates'])
    throw new Error(
      `greylist: ${duplicates.length} entries are duplicates, so the index cannot be unique: ` +
        'run this again with --remove-duplicates to keep those that were seen last',
    )
  for (const filter of duplicates) await greylist.deleteOne(filter)
  if (duplicates.length > 0) say(`greylist: removed ${duplicates.length} duplicate entries`)
  if (present !== undefined) await greylist.dropIndex(present.name)
  await makeIndex(greylist, uniqueIndex, { unique: true })
}

/** Filters for all entries but the last seen of each triplet, in the order of the index so that it takes no memory. */
async function findDuplicates(greylist) {
  const duplicates = []
  let kept
  for await (const entry of greylist.find({}).sort(uniqueIndex)) {
    const isAnother =
      kept !== undefined && Object.keys(uniqueIndex).every((name) => isEqual(kept[name], entry[name]))
    if (!isAnother) {
      kept = entry
      continue
    }
    const isLater = Number(entry.changed) > Number(kept.changed)
    const { _id, ip, sender = null, recipient = null, changed = null } = isLater ? kept : entry
    // One that is tried again meanwhile stays.
    duplicates.push({ _id, ip, sender, recipient, changed })
    if (isLater) kept = entry
  }
  return duplicates
}

/** A filter always has all three fields of the key, so each operation goes to one shard. */
async function shard(database) {
  const admin = database.client.db('admin')
  const greylist = database.collection('greylist')
  try {
    await admin.command({ enableSharding: database.databaseName })
    await makeIndex(greylist, shardKey)
    await admin.command({ shardCollection: greylist.namespace, key: shardKey })
    say('greylist: distributed over the shards by client network, sender and recipient')
  } catch (error) {
    if (error.code !== commandNotFound) throw error
    throw new Error('cannot distribute the entries: this is no sharded cluster (connect to its mongos)', {
      cause: error,
    })
  }
}

async function makeIndex(collection, keys, properties = {}) {
  if ((await readIndexes(collection)).some(({ key }) => isSame(key, keys))) {
    say(`${collection.collectionName}: the index on ${Object.keys(keys).join(', ')} exists`)
    return
  }
  await collection.createIndex(keys, properties, {})
  say(`${collection.collectionName}: created the index on ${Object.keys(keys).join(', ')}`)
}

async function readIndexes(collection) {
  try {
    return await collection.indexes()
  } catch (error) {
    if (error.code === namespaceNotFound) return []
    throw error
  }
}

function isSame(keys, others) {
  return JSON.stringify(keys) === JSON.stringify(others)
}

/** Null and no value are the same for an index. */
function isEqual(value, other) {
  return (value ?? null) === (other ?? null)
}

function say(line) {
  process.stdout.write(`${line}\n`)
}

function describe(error) {
  return String(error.message).replace(/\s+/g, ' ')
}
