// Loads the native part of a package without the JavaScript that the package has around it, which takes 3 ms (by listing
// directories) to 10 ms (by a diagnostic report of the process) to find out that a system has the usual C library.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/**
 * What a file under node_modules exports, for the C library that most systems have. Where it is not installed or does not
 * fit, `otherwise` is loaded, which is the package's own way to the same. @throws Error
 */
export function loadNative(file: string, otherwise: string): unknown {
  const require = createRequire(import.meta.url)
  const directory = require.resolve.paths(file)?.find((path) => existsSync(join(path, file)))
  if (directory !== undefined)
    try {
      return require(join(directory, file))
    } catch {
      // Of another C library; or damaged, which the package says better.
    }
  return require(otherwise)
}
