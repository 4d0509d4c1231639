// Asks V8 to collect garbage. A tool that reads a million entries leaves some of each batch behind; V8 by itself would
// let that grow to twice the memory that the work needs.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | undefined

/** Collects garbage now; some milliseconds. */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    const found: unknown = runInNewContext('gc')
    collect =
      typeof found === 'function'
        ? () => {
            Reflect.apply(found, undefined, [])
          }
        : () => undefined
  }
  collect()
}
