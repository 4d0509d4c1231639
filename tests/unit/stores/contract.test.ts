// One and the same set of tests for every store.
import t, { type Test } from 'tap'
import { LmdbAdminStore } from '../../../lib/stores/lmdb/lmdb-administered-store.js'
import { startMongodb } from '../../helpers/mongodb-server.js'
import { newMongodbStore } from '../../helpers/mongodb-database.js'
import { testAdministeredStore } from './admin-store-contract.js'
import { testStore } from './store-contract.js'

t.test('the embedded store', async (t) => {
  const openStore = (t: Test): LmdbAdminStore => {
    const store = new LmdbAdminStore(t.testdir(), () => undefined)
    t.teardown(() => store.close())
    return store
  }
  testStore(t, openStore)
  testAdministeredStore(t, openStore)
})

const server = await startMongodb()
if (typeof server === 'string') t.pass('the shared store', { skip: server })
else {
  t.teardown(() => server.stop())
  t.test('the shared store', async (t) => {
    const openStore = newMongodbStore(server)
    testStore(t, openStore)
    // FerretDB searches a collection from end to end for each entry.
    testAdministeredStore(t, openStore, server.kind === 'ferretdb' ? 1_200 : 10_000)
  })
}
