// configtest: the settings file, its errors, unused settings, and who can read it.
import { accessSync, constants, statSync } from 'node:fs'
import type { Finding } from './finding.js'
import { readMongodbAddress } from '../stores/mongodb/mongodb-address.js'
import type { ParsedSettings } from '../settings/parse-settings.js'
import type { SettingName } from '../settings/settings-table.js'
import { asAccount, type Account } from '../system/as-owner.js'
import { describeCause } from '../system/error.js'
import { checkReadable } from '../system/read-file.js'

/** Settings of 1.38 that have no effect. */
const unusedNames: readonly SettingName[] = ['greylistDir', 'blackholeDir', 'spfqueryPath']

/** Checks the file that `parsed` comes from; `account` is the policy user, if known. */
export function checkSettings(parsed: ParsedSettings, path: string, account: Account | undefined): Finding[] {
  const { settings, errors, warnings, givenNames } = parsed
  const findings: Finding[] = [
    ...errors.map((text): Finding => ({ level: 'error', text })),
    ...warnings.map((text): Finding => ({ level: 'warning', text })),
    ...unusedNames
      .filter((name) => givenNames.includes(name))
      .map((name): Finding => ({
        level: 'warning',
        text: `settings: ${path}: ${name}: accepted and not used`,
      })),
  ]
  if (givenNames.includes('dbUrl') && settings.dbUrl !== undefined && settings.dbHost !== undefined)
    findings.push({ level: 'warning', text: `settings: ${path}: dbHost: not used, since dbUrl is given` })
  try {
    const stats = statSync(path)
    if ((stats.mode & 0o004) !== 0 && holdsPassword(parsed))
      findings.push({
        level: 'error',
        text: `settings: ${path}: every user can read the password in it: run chmod o-r`,
      })
    if (account !== undefined)
      asAccount(account, () => {
        checkReadable(path)
      })
    else accessSync(path, constants.R_OK)
  } catch (error) {
    // If the user of this tool cannot read the file, that is among the errors.
    if (errors.length === 0)
      findings.push({
        level: 'error',
        text: `settings: ${path}: the policy user cannot read it: ${describeCause(error)}`,
      })
  }
  const summary: Finding = { level: 'ok', text: `settings: ${path}: ${String(givenNames.length)} settings` }
  return findings.some(({ level }) => level === 'error') ? findings : [summary, ...findings]
}

function holdsPassword({ settings }: ParsedSettings): boolean {
  const url = readMongodbAddress(settings)?.url
  return url !== undefined && /^[^/]*\/\/[^/@:]*:[^/@]+@/.test(url)
}
