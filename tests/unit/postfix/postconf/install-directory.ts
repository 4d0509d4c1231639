// Wires and unwires Postfix configuration directories of tests.
import { Postfix } from '../../../../lib/postfix/postconf/postconf.js'
import { uninstallPostfix, installPostfix } from '../../../../lib/postfix/postconf/install-postfix.js'
import { policyEntry } from '../../../../lib/postfix/plan-install.js'
import type { PostfixDirectory } from './postfix-directory.js'

export const entry = policyEntry('/usr/local/sbin/tumgreyspf', 'tumgreyspf')
export const policy = 'check_policy_service unix:private/tumgreyspf'
export const compatibility = 'compatibility_level = 3.6\n'
export const now = Date.UTC(2026, 0, 2, 3, 4, 5)

/** What the program says, and whether it wired. */
export function wire(directory: PostfixDirectory, isDryRun = false): { said: string; isWired: boolean } {
  let said = ''
  const write = (text: string): void => void (said += text)
  const isWired = installPostfix({ postfix: new Postfix(directory.path), isDryRun, entry, now, write })
  return { said, isWired }
}

export function unwire(directory: PostfixDirectory, isDryRun = false): string {
  let said = ''
  const write = (text: string): void => void (said += text)
  uninstallPostfix({ postfix: new Postfix(directory.path), isDryRun, entry, now, write })
  return said
}
