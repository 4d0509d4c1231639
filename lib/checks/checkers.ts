// The checkers by their names.
import type { CheckerName } from '../settings/settings-table.js'
import { checkBlackhole } from './blackhole.js'
import type { Checker } from './checker.js'
import { createGreylistChecker } from './greylist.js'
import { checkSpf } from './spf.js'

/** The checkers of one session, by the names that `checkers` and CHECKERS have for them. */
export function createCheckers(): Readonly<Record<CheckerName, Checker>> {
  return { spf: checkSpf, greylist: createGreylistChecker(), blackhole: checkBlackhole }
}
