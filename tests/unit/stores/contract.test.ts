// The same tests for every store.
import type { Db } from 'mongodb'
import t, { type Test } from 'tap'
import { entryFields, tripletFields } from '../../../lib/stores/mongodb/mongodb-documents.js'
import { greylistName } from '../../../lib/stores/mongodb/mongodb-greylist.js'
import { openMongodbStore } from '../../../lib/stores/mongodb/mongodb-store.js'
import type { AdminStore } from '../../../lib/stores/store.js'
import { SqliteAdminStore } from '../../../lib/stores/sqlite/sqlite-admin-store.js'
import { startMongodb } from '../../helpers/mongodb-server.js'
import { mongodbAddress, newDatabase } from '../../helpers/mongodb-database.js'
import { testAdminStore } from './admin-store-contract.js'
import { testStore } from './store-contract.js'

t.test('the embedded store', async (t) => {
  const openStore = (t: Test): SqliteAdminStore => {
    const store = new SqliteAdminStore(`${t.testdir()}/tumgreyspf.db`, () => undefined)
    t.teardown(() => store.close())
    return store
  }
  testStore(t, openStore)
  testAdminStore(t, openStore)
})

const server = await startMongodb()
if (typeof server === 'string') t.pass('the shared store', { skip: server })
else {
  t.teardown(() => server.stop())
  t.test('the shared store', async (t) => {
    const databases = new WeakMap<AdminStore, Db>()
    const openStore = (t: Test): AdminStore => {
      const { database, url } = newDatabase(t, server)
      const store = openMongodbStore(mongodbAddress(url), () => undefined)
      t.teardown(() => store.close())
      databases.set(store, database)
      return store
    }
    testStore(t, openStore)
    // FerretDB searches a collection from end to end for each entry that is imported: thousands come at once.
    testAdminStore(t, openStore, async (store, entries) => {
      const documents = entries.map(({ triplet, entry }) => ({
        ...tripletFields(triplet),
        ...entryFields(entry),
      }))
      await databases.get(store)?.collection(greylistName).insertMany(documents)
    })
  })
}
