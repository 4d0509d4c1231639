// The write-ahead log, which must not grow without limit.
import { statSync } from 'node:fs'
import t from 'tap'
import { SqliteStore } from '../../../../lib/stores/sqlite/sqlite-store.js'
import { attemptAt, triplet } from '../../../helpers/requests.js'

t.test(
  'processes too short for a checkpoint while they answer keep the log short all the same',
  async (t) => {
    const path = `${t.testdir()}/tumgreyspf.db`
    let longest = 0
    for (let index = 0; index < 12_000;) {
      const store = new SqliteStore(path, (_severity, line) => t.fail(line))
      // Neighbours in time are no neighbours in the file, and nothing but the answers happens before the end.
      for (const end = index + 200; index < end; index += 1) {
        const network = `${String((index * 37) % 200)}.${String((index * 101) % 251)}.2.0`
        await store.recordAttempt(triplet(network, `s${String(index)}@example.net`), attemptAt(1_800_000_000))
      }
      await store.close()
      longest = Math.max(longest, statSync(`${path}-wal`).size)
    }
    t.ok(longest < 16 * 1024 * 1024, `${String(longest)} bytes`)
  },
)
