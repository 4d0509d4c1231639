import t from 'tap'
import { openDatabase } from '../../../../lib/stores/sqlite/driver.js'
import { SqliteAdminStore } from '../../../../lib/stores/sqlite/sqlite-admin-store.js'
import { address, clientsOf } from '../admin-store-contract.js'

/** The tables of schema version 1. */
const version1 = `
CREATE TABLE greylist (network TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL, client TEXT NOT NULL,
  first_seen REAL, allowed_from REAL NOT NULL, last_seen REAL NOT NULL, count INTEGER,
  PRIMARY KEY (network, sender, recipient)) STRICT, WITHOUT ROWID;
CREATE TABLE whitelist (list TEXT NOT NULL, prefix_length INTEGER NOT NULL, network TEXT NOT NULL,
  PRIMARY KEY (list, prefix_length, network)) STRICT, WITHOUT ROWID;
CREATE TABLE trap (address TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE blackholed (client TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO whitelist VALUES ('spf', 24, '192.0.2.0');
INSERT INTO trap VALUES ('trap@example.org');
INSERT INTO blackholed VALUES ('192.0.2.9');
PRAGMA user_version = 1`

t.test('a file of schema version 1 keeps its data and is upgraded', async (t) => {
  const path = `${t.testdir()}/tumgreyspf.db`
  const old = openDatabase(path)
  old.exec(version1)
  old.close()
  const store = new SqliteAdminStore(path, () => undefined)
  t.teardown(() => store.close())
  t.same(await clientsOf(store, 'spf'), ['192.0.2.0/24'])
  for await (const trap of store.traps()) t.same(trap, { address: 'trap@example.org' })
  t.equal(
    await store.isBlackholed(address('192.0.2.9'), 1e9),
    true,
    'caught without a date is caught for ever',
  )
  t.equal(await store.addTrap({ address: 'new@example.org', comment: 'new', added: 5 }), true)
  await store.countPass('192.0.2.7', { leastCount: 1, seenSince: 0 }, 10)
  t.equal((await store.findProvenClient('192.0.2.7'))?.count, 1)
})
