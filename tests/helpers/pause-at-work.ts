// Loaded into a tool before its code: once the tool heeds interrupts and has done its first batch, it says so on
// descriptor 3, and waits for an answer on descriptor 4.
import { readSync, writeSync } from 'node:fs'

const original = globalThis.setImmediate
let succeeded = false
/** The tools give way to signals between two batches by this call. */
function pauseOnce(...given: Parameters<typeof original>): ReturnType<typeof original> {
  if (!succeeded && process.listenerCount('SIGINT') > 0) {
    succeeded = true
    writeSync(3, '.')
    readSync(4, Buffer.alloc(1))
  }
  return original(...given)
}
globalThis.setImmediate = Object.assign(pauseOnce, original)
