// The MongoDB server that TUMGREYSPF_TEST_MONGODB names: a database of the run's own on it, and its handshake.
import { MongoClient } from 'mongodb'

const server = process.env['TUMGREYSPF_TEST_MONGODB']

/** The address of a database that only this run uses; undefined without a server. */
export const mongodbAddress = server === undefined ? undefined : addressOf(server)

/**
 * Connects as a policy process does, with one connection that watches and one that asks; milliseconds. So much of a
 * start is the server's and not the program's.
 */
export async function measureHandshake(address: string): Promise<number> {
  const client = new MongoClient(address, { maxPoolSize: 1, serverMonitoringMode: 'poll' })
  const start = performance.now()
  await client.connect()
  await client.db().command({ ping: 1 })
  const end = performance.now()
  await client.close()
  return end - start
}

/** Removes what the run has left on the server. */
export async function dropBenchDatabase(): Promise<void> {
  if (mongodbAddress === undefined) return
  const client = new MongoClient(mongodbAddress)
  await client.db().dropDatabase()
  await client.close()
}

function addressOf(url: string): string {
  const address = new URL(url)
  address.pathname = `/tumgreyspf_bench_${String(process.pid)}_${String(Date.now())}`
  return address.href
}
