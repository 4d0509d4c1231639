// Waits for something to happen elsewhere, in another process or on the disk.
import { setTimeout as pause } from 'node:timers/promises'

/** Far more than a loaded machine needs: a test that waits so long has failed. */
const timeoutMilliseconds = 30_000

/** Looks until `look` finds something. @throws Error naming what did not come */
export async function waitFor<T>(what: string, look: () => T | undefined): Promise<T> {
  const end = Date.now() + timeoutMilliseconds
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
    await pause(10)
  }
}
