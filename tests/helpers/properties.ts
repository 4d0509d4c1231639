// Properties that hold for whatever comes: many generated cases, and for one that fails what repeats it.
import fc, { type IAsyncProperty, type IProperty } from 'fast-check'
import type { Test } from 'tap'

/**
 * The cases are the same in every run. HOSTILE_RUNS=20 tries twenty times as many; HOSTILE_SEED=random, or a number, tries
 * others; HOSTILE_SEED and HOSTILE_PATH repeat what a failure names.
 */
const { HOSTILE_RUNS: factor = '1', HOSTILE_SEED: givenSeed = '1', HOSTILE_PATH: path } = process.env

/** What cases are drawn from. */
export const seed = givenSeed === 'random' ? Math.trunc(Math.random() * 2 ** 31) : Number(givenSeed)

/** The number of cases to run instead of `usual`. */
export function countRuns(usual: number): number {
  return Math.max(Math.round(usual * Number(factor)), 1)
}

/** Tries the property on that many generated cases, more if the environment says so. */
export async function holds<T>(
  t: Pick<Test, 'pass' | 'fail'>,
  name: string,
  property: IProperty<T> | IAsyncProperty<T>,
  usualRuns = 500,
): Promise<void> {
  const numRuns = countRuns(usualRuns)
  const details = await fc.check(property as IAsyncProperty<T>, {
    numRuns,
    seed,
    ...(path === undefined ? {} : { path }),
  })
  if (!details.failed) {
    t.pass(`${name}: ${String(details.numRuns)} cases`)
    return
  }
  const { counterexamplePath } = details
  const replay = `HOSTILE_SEED=${String(details.seed)} HOSTILE_PATH=${counterexamplePath ?? ''}`
  const cause = details.errorInstance
  t.fail(name, {
    replay,
    case: fc.stringify(details.counterexample).slice(0, 2_000),
    cause: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
  })
}

/** Fails the case that is tried. */
export function must(isTrue: boolean, what: string, ...seen: readonly unknown[]): void {
  if (!isTrue) throw new Error([what, ...seen.map((value) => fc.stringify(value).slice(0, 500))].join(' '))
}
