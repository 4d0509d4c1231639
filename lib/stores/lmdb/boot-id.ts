// Tells one run of the system from the next.
import { readFileSync } from 'node:fs'

/** An identifier that is new with each start of the system; undefined where the system has none (see random(4)). */
export function readBootId(): string | undefined {
  try {
    const text = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    return /^[0-9a-f-]{36}$/.test(text) ? text : undefined
  } catch {
    return undefined
  }
}
