// One and the same set of tests for every store.
import t, { type Test } from 'tap'
import { SqliteAdminStore } from '../../../lib/stores/sqlite/sqlite-admin-store.js'
import { startMongodb } from '../../helpers/mongodb-server.js'
import { newMongodbStore } from '../../helpers/mongodb-database.js'
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
    const openStore = newMongodbStore(server)
    testStore(t, openStore)
    // FerretDB searches a collection from end to end for each entry.
    testAdminStore(t, openStore, server.kind === 'ferretdb' ? 1_200 : 10_000)
  })
}
