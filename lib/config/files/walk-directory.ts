// Goes through a directory of the config directories and all below it.
import { lstatSync, readdirSync, statSync, type Stats } from 'node:fs'

/** What is at a path, or the error. */
export interface WalkStep {
  readonly path: string
  /** The path under the top directory, part by part; empty for itself. */
  readonly parts: readonly string[]
  /** Undefined if stat() fails. */
  readonly stats: Stats | undefined
  readonly error: unknown
}

/** Which links to directories are followed: a link to the root directory would lead through everything. */
export type IsReachable = (parts: readonly string[]) => boolean

/** `parts` of the top directory and everything below, in order of name. */
export function walkDirectory(
  top: string,
  isReachable: IsReachable,
  parts: readonly string[] = [],
): Generator<WalkStep> {
  return walk(top, isReachable, parts, [], new Set())
}

/** In a directory that was seen before, only files are visited: links between directories can form countless paths. */
function* walk(
  top: string,
  isReachable: IsReachable,
  parts: readonly string[],
  above: readonly string[],
  seen: Set<string>,
): Generator<WalkStep> {
  const path = [top, ...parts].join('/')
  let stats: Stats | undefined
  let names: readonly string[] = []
  let error: unknown
  let identity = ''
  try {
    stats = statSync(path)
    identity = `${String(stats.dev)} ${String(stats.ino)}`
    if (stats.isDirectory()) {
      if (above.includes(identity)) throw new Error('it links back to a directory above it')
      if (parts.length > 0 && !isReachable(parts) && lstatSync(path).isSymbolicLink())
        throw new Error('no request can reach it')
      const entries = readdirSync(path, { withFileTypes: true })
      const counting = seen.has(identity) ? entries.filter((entry) => entry.isFile()) : entries
      seen.add(identity)
      names = counting.map(({ name }) => name).sort()
    }
  } catch (cause) {
    error = cause
  }
  yield { path, parts, stats, error }
  for (const name of names) yield* walk(top, isReachable, [...parts, name], [...above, identity], seen)
}
