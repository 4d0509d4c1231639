import t, { type Test } from 'tap'
import { LmdbAdminStore } from '../../../../lib/stores/lmdb/lmdb-administered-store.js'
import { LmdbTables } from '../../../../lib/stores/lmdb/lmdb-tables.js'
import { entryKey } from '../../../../lib/stores/lmdb/lmdb-records.js'
import type { AdminStore, StoredEntry } from '../../../../lib/stores/store.js'
import { storedEntry, testAdministeredStore } from '../admin-store-contract.js'

function openStore(t: Test): AdminStore {
  const store = new LmdbAdminStore(t.testdir(), () => undefined)
  t.teardown(() => store.close())
  return store
}

t.test('the embedded store does what tools need', async (t) => {
  testAdministeredStore(t, openStore)
})

t.test('an over-long trap address is listed in full', async (t) => {
  const store = openStore(t)
  const long = `${'x'.repeat(3_000)}@example.org`
  await store.addTrap(long)
  t.equal(await store.isTrap(long), true)
  for await (const address of store.traps()) t.equal(address, long)
  t.equal(await store.removeTrap(long), true)
})

t.test('an over-long entry is read in full and removed', async (t) => {
  const store = openStore(t)
  const long = storedEntry('192.0.2.7', `${'x'.repeat(3_000)}@example.net`, 'b@example.org')
  await store.importEntry(long)
  for await (const batch of store.entries()) {
    t.same(batch, [long])
    t.equal(await store.removeUnchanged(batch), 1)
  }
  t.equal(await store.countEntries(), 0)
})

t.test('a record that cannot be read is left out, and said', async (t) => {
  const directory = t.testdir()
  const tables = new LmdbTables(directory, () => undefined)
  const good = storedEntry('192.0.2.7', 'a@example.net', 'b@example.org')
  const bad = storedEntry('192.0.2.7', 'bad@example.net', 'b@example.org')
  tables.write((table) => {
    table.putSync(entryKey(bad.triplet), Buffer.from('bad'))
  })
  const lines: string[] = []
  const store = new LmdbAdminStore(directory, (_, line) => lines.push(line))
  await store.importEntry(good)
  const found: StoredEntry[] = []
  for await (const batch of store.entries()) found.push(...batch)
  t.same(found, [good])
  t.same(lines, [`store: a record in ${directory} cannot be read: a record is not an entry; left out`])
  await store.close()
  await tables.close()
})

t.test('removal and what other processes do at the same time', async (t) => {
  const key = Buffer.from('etest')
  const old = Buffer.from('old')
  const changed = Buffer.from('changed')
  const openTables = (t: Test): LmdbTables => {
    const tables = new LmdbTables(t.testdir(), () => undefined)
    t.teardown(() => tables.close())
    return tables
  }
  const latest = (tables: LmdbTables): string | undefined =>
    tables.update(key, (value) => ({ value: undefined, result: value?.toString() }))
  const put = (tables: LmdbTables, value: Buffer): void => {
    tables.update(key, () => ({ value, result: undefined }))
  }

  t.test('a value that is saved and unchanged goes', async (t) => {
    const tables = openTables(t)
    put(tables, old)
    tables.save()
    t.equal(tables.removeUnchanged([{ key, value: old }]), 1)
    t.equal(latest(tables), undefined)
  })

  t.test('a value that is also in memory, as while another process saves, goes from both', async (t) => {
    const tables = openTables(t)
    put(tables, old)
    tables.save()
    put(tables, old)
    t.equal(tables.removeUnchanged([{ key, value: old }]), 1)
    t.equal(latest(tables), undefined)
    tables.save()
    t.equal(latest(tables), undefined)
  })

  t.test('a value that has changed in memory only stays', async (t) => {
    const tables = openTables(t)
    put(tables, old)
    tables.save()
    put(tables, changed)
    t.equal(tables.removeUnchanged([{ key, value: old }]), 0)
    t.equal(latest(tables), 'changed')
    tables.save()
    t.equal(latest(tables), 'changed')
  })

  t.test('a value that has changed and been saved stays', async (t) => {
    const tables = openTables(t)
    put(tables, old)
    tables.save()
    put(tables, changed)
    tables.save()
    t.equal(tables.removeUnchanged([{ key, value: old }]), 0)
    t.equal(latest(tables), 'changed')
  })
})
