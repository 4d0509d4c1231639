// Plans, shows, makes and undoes the changes of tumgreyspf-install.
import { changedFile, describeChange, type Change } from '../change.js'
import { planUninstall } from '../plan-uninstall.js'
import { planInstall, type WantedService } from '../plan-install.js'
import type { Postfix } from './postconf.js'
import { InstallRecorder } from './install-record.js'

/** What to do, and where to report it. */
export interface UninstallOptions {
  readonly postfix: Postfix
  readonly isDryRun: boolean
  readonly write: (text: string) => void
}

/** The same for an installation. */
export interface InstallOptions extends UninstallOptions {
  readonly wanted: WantedService
  /** Milliseconds since 1970, for the names of the backups. */
  readonly now: number
}

/** Sets the Postfix up; false if no smtpd would ask the policy server. @throws PostfixError, Error */
export function installPostfix({ postfix, isDryRun, wanted, now, write }: InstallOptions): boolean {
  const { changes, notes, isAsked } = planInstall(postfix.readConfiguration(), wanted)
  for (const note of notes) write(`note: ${note}\n`)
  if (!isAsked) {
    write('nothing changed: there is no place where smtpd could ask the policy server\n')
    return false
  }
  if (changes.length > 0 && !isDryRun) {
    const suffix = new Date(now).toISOString().replace(/\D/g, '').slice(0, 14)
    new InstallRecorder(postfix.configDirectory).record(changes, suffix, () => {
      makeChanges(changes, postfix, write)
    })
  } else for (const change of changes) write(describeChange(change, postfix.configDirectory))
  write(sumUp(changes.length, isDryRun, 'Postfix already asks the policy server: nothing to change'))
  return true
}

/** Undoes installPostfix(). @throws PostfixError, Error */
export function uninstallPostfix({ postfix, isDryRun, write }: UninstallOptions): void {
  const recorder = new InstallRecorder(postfix.configDirectory)
  const { changes, notes } = planUninstall(postfix.readConfiguration(), recorder.changes)
  const untouched = recorder.untouchedFiles
  const isLeft = (change: Change): boolean => !untouched.includes(changedFile(change))
  for (const note of notes) write(`note: ${note}\n`)
  for (const change of changes) write(describeChange(change, postfix.configDirectory))
  for (const file of untouched) write(`${postfix.configDirectory}/${file}: not edited since: restored\n`)
  if (!isDryRun) {
    // The lists in main.cf before the service in master.cf: smtpd must not ask a service that no longer exists.
    if (untouched.includes('main.cf')) recorder.restore('main.cf')
    for (const change of changes.filter(isLeft)) postfix.apply(change)
    if (untouched.includes('master.cf')) recorder.restore('master.cf')
    recorder.forget()
  }
  write(sumUp(changes.length, isDryRun, 'Postfix does not ask the policy server: nothing to change'))
}

function makeChanges(changes: readonly Change[], postfix: Postfix, write: (text: string) => void): void {
  for (const change of changes) {
    write(describeChange(change, postfix.configDirectory))
    postfix.apply(change)
  }
}

function sumUp(count: number, isDryRun: boolean, nothing: string): string {
  if (count === 0) return `${nothing}\n`
  const changes = `${String(count)} change${count === 1 ? '' : 's'}`
  return isDryRun
    ? `dry run: ${changes} to make, nothing was changed\n`
    : `${changes} made; now run: postfix reload\n`
}
