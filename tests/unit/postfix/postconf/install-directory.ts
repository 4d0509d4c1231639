// Sets up Postfix configuration directories of tests, and takes that back.
import { Postfix } from '../../../../lib/postfix/postconf/postconf.js'
import { uninstallPostfix, installPostfix } from '../../../../lib/postfix/postconf/install-postfix.js'
import type { WantedService } from '../../../../lib/postfix/plan-install.js'
import { wanted } from '../sample-configuration.js'
import type { PostfixDirectory } from './postfix-directory.js'

export const compatibility = 'compatibility_level = 3.6\n'
export const now = Date.UTC(2026, 0, 2, 3, 4, 5)

/** The program's output, and whether smtpd asks afterwards. */
export function install(
  directory: PostfixDirectory,
  isDryRun = false,
  more: Partial<WantedService> = {},
): { said: string; isAsked: boolean } {
  let said = ''
  const write = (text: string): void => void (said += text)
  const isAsked = installPostfix({
    postfix: new Postfix(directory.path),
    isDryRun,
    wanted: { ...wanted, ...more },
    now,
    write,
  })
  return { said, isAsked }
}

export function uninstall(directory: PostfixDirectory, isDryRun = false): string {
  let said = ''
  const write = (text: string): void => void (said += text)
  uninstallPostfix({ postfix: new Postfix(directory.path), isDryRun, write })
  return said
}
