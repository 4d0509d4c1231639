// The checkers by their names.
import type { CheckerName } from '../settings/settings-table.js'
import { checkBlackhole } from './blackhole.js'
import type { Checker } from './checker.js'
import { checkGreylist } from './greylist.js'
import { checkSpf } from './spf.js'

/** All checkers, by the names that `checkers` and CHECKERS have for them. */
export const checkers: Readonly<Record<CheckerName, Checker>> = {
  spf: checkSpf,
  greylist: checkGreylist,
  blackhole: checkBlackhole,
}
