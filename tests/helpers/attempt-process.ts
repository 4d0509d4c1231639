// A process that records attempts for a list of triplets, one line of output for each that was acknowledged.
// Arguments: database file, how many triplets, how many rounds, what the senders start with,
// milliseconds of pause after each hundred.
import { writeSync } from 'node:fs'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { errorCode } from '../../lib/system/error.js'
import { SqliteStore } from '../../lib/stores/sqlite/sqlite-store.js'
import { attemptAt, triplet } from './requests.js'

const [path = '', triplets = '1', rounds = '1', sender = 's', milliseconds = '0'] = process.argv.slice(2)
const store = new SqliteStore(path, (_severity, line) => {
  say(`log ${line}\n`)
})
for (let round = 0; round < Number(rounds); round += 1)
  for (let index = 0; index < Number(triplets); index += 1) {
    const recorded = await store.recordAttempt(
      triplet('192.0.2.0', `${sender}${String(index)}@example.net`),
      attemptAt(1_800_000_000 + round),
    )
    if (index % 100 === 99 && milliseconds !== '0') await pause(Number(milliseconds))
    // As between two pieces of input.
    if (index % 20 === 19) await nextTurn()
    say(`${String(index)} ${recorded.before === undefined ? 'new' : 'known'}\n`)
  }
await store.close()

/** Writes before it returns: what is said was acknowledged, whatever happens to the process next. */
function say(line: string): void {
  for (;;)
    try {
      writeSync(1, line)
      return
    } catch (error) {
      if (errorCode(error) !== 'EAGAIN') throw error
      // The reader is slow.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
}
