// Goes through a directory of the config directories and all below it.
import { readdirSync, statSync, type Stats } from 'node:fs'

/** What stands at a path, or the error in its place. */
export interface WalkStep {
  readonly path: string
  /** The path under the top directory, part by part; empty for itself. */
  readonly parts: readonly string[]
  /** Undefined if it cannot be looked at. */
  readonly stats: Stats | undefined
  readonly error: unknown
}

/** `parts` of the top directory and everything below, in order of name; links are followed, but not in a circle. */
export function* walkDirectory(
  top: string,
  parts: readonly string[] = [],
  above: readonly string[] = [],
): Generator<WalkStep> {
  const path = [top, ...parts].join('/')
  let stats: Stats | undefined
  let names: readonly string[] = []
  let error: unknown
  let identity = ''
  try {
    stats = statSync(path)
    identity = `${String(stats.dev)} ${String(stats.ino)}`
    if (above.includes(identity)) throw new Error('it leads back to a directory above it')
    if (stats.isDirectory()) names = readdirSync(path).sort()
  } catch (cause) {
    error = cause
  }
  yield { path, parts, stats, error }
  for (const name of names) yield* walkDirectory(top, [...parts, name], [...above, identity])
}
