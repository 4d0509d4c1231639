// Databases of their own for tests, dropped at the end.
import { MongoClient, type Db } from 'mongodb'
import type { Test } from 'tap'
import { readMongodbAddress, type MongodbAddress } from '../../lib/stores/mongodb/mongodb-address.js'
import { defaultSettings } from '../../lib/settings/settings-table.js'
import { databaseUrl, newDatabaseName, type MongodbServer } from './mongodb-server.js'

/** An address for the store from a connection string. */
export function mongodbAddress(dbUrl: string): MongodbAddress {
  const address = readMongodbAddress({ ...defaultSettings, dbUrl })
  if (address === undefined) throw new Error(`no address of MongoDB: ${dbUrl}`)
  return address
}

/** A new, empty database as any program sees it, and its connection string. */
export function newDatabase(t: Test, server: MongodbServer): { database: Db; url: string } {
  const name = newDatabaseName()
  const client = new MongoClient(databaseUrl(server, name))
  const database = client.db(name)
  t.teardown(async () => {
    await database.dropDatabase()
    await client.close()
  })
  return { database, url: databaseUrl(server, name) }
}
