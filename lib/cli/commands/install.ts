// tumgreyspf-install: configures Postfix to ask the policy server.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { quoteValue } from '../../log/escape.js'
import type { WantedService } from '../../postfix/plan-install.js'
import { installPostfix, uninstallPostfix } from '../../postfix/postconf/install-postfix.js'
import { Postfix } from '../../postfix/postconf/postconf.js'
import { parseSettings } from '../../settings/parse-settings.js'
import { defaultSettingsPath } from '../../settings/settings-file.js'
import type { Settings } from '../../settings/settings-table.js'
import { writeSetting } from '../../settings/write-setting.js'
import { readTextFile } from '../../system/read-file.js'
import { writeFile } from '../../system/write-file.js'
import { settingsOption } from '../command-definition.js'
import { UsageError } from '../command-line.js'
import { defineCommand, refuseOperands } from '../run-tool.js'

/** Where "make install", the Debian package and npm put the launcher. */
const launchers = ['/usr/local/sbin', '/usr/sbin', '/usr/local/bin', '/usr/bin'].map(
  (directory) => `${directory}/tumgreyspf`,
)

/** The program tumgreyspf-install. */
export const installCommand = defineCommand(
  {
    name: 'tumgreyspf-install',
    usage: '[-c FILE] [--postfix DIR] [--dry-run] [--learn] [--uninstall]',
    purpose:
      'Configures Postfix to ask the policy server: adds its entry in master.cf, check_policy_service after ' +
      'reject_unauth_destination and other rejections, and its time limit. Existing settings are kept.',
    options: {
      ...settingsOption,
      postfix: {
        type: 'string',
        requiresArg: true,
        describe: "Postfix's configuration directory, if it is not the system's own",
      },
      'dry-run': {
        alias: 'n',
        type: 'boolean',
        default: false,
        describe: 'only show the changes',
      },
      learn: {
        type: 'boolean',
        default: false,
        describe: 'let the submission services ask the policy server too, for learnDays',
      },
      uninstall: {
        type: 'boolean',
        default: false,
        describe: 'undo the changes',
      },
      program: {
        type: 'string',
        requiresArg: true,
        describe: 'the policy server, if it is not in a usual place',
      },
      user: {
        type: 'string',
        requiresArg: true,
        describe: 'the user that it runs as, if not tumgreyspf',
      },
    },
    examples: [
      ['$0 --dry-run', 'show what would be changed'],
      ['$0', 'make the changes; run "postfix reload" afterwards'],
      ['$0 --uninstall', 'undo them'],
      ['$0 --postfix /etc/postfix-in', 'configure another instance'],
    ],
    notes:
      'Backups (main.cf.before-tumgreyspf-TIME, likewise master.cf) and a record of the changes ' +
      '(tumgreyspf-install.json) are kept beside main.cf.',
  },
  async ({ options, operands }, tool) => {
    refuseOperands(operands)
    for (const value of [options.config, options.postfix, options.program, options.user])
      if (value === '' || /\s/.test(value ?? ''))
        throw new UsageError(`expected a value without spaces, got ${quoteValue(value ?? '')}`)
    const program =
      options.program ?? launchers.find((path) => existsSync(path)) ?? '/usr/local/sbin/tumgreyspf'
    if (!program.startsWith('/'))
      throw new UsageError(`program: expected an absolute path, got ${quoteValue(program)}`)
    const settings = resolve(options.config)
    const wanted: WantedService = {
      program,
      user: options.user,
      settings: settings === defaultSettingsPath ? undefined : settings,
      learns: options.learn,
    }
    let text = ''
    const write = (piece: string): void => {
      text += piece
    }
    try {
      const postfix = options.postfix === undefined ? Postfix.default() : new Postfix(options.postfix)
      const isDryRun = options['dry-run']
      if (options.uninstall) {
        uninstallPostfix({ postfix, isDryRun, write })
        return 0
      }
      // Without a settings file, all settings have their defaults.
      const given = existsSync(settings) ? tool.readSettings(settings) : undefined
      if (options.learn && given !== undefined)
        for (const note of describeLearning(given)) write(`note: ${settings}: ${note}\n`)
      const succeeded = installPostfix({ postfix, isDryRun, wanted, now: Date.now(), write })
      if (succeeded && given?.hostName === undefined)
        write(writeHostName(settings, postfix.readValue('myhostname'), isDryRun))
      return succeeded ? 0 : 1
    } finally {
      // Also report what was done before an error.
      await tool.write(text)
    }
  },
)

/** Settings that prevent learning. */
function describeLearning({ skipAuthenticated, learnDays }: Settings): string[] {
  const notes: string[] = []
  if (!skipAuthenticated)
    notes.push('skipAuthenticated = False: mail of authenticated users is checked too: set it to True')
  if (learnDays === 0) notes.push('learnDays = 0: nothing is learned until it is set')
  return notes
}

/** Sets hostName to Postfix's name for this host, and reports it. */
function writeHostName(path: string, hostName: string, isDryRun: boolean): string {
  if (!existsSync(path)) return ''
  const text = writeSetting(readTextFile(path), 'hostName', hostName)
  if (parseSettings(text, path).settings.hostName !== hostName)
    return `note: ${path}: hostName is left unchanged: Postfix's myhostname is ${quoteValue(hostName)}\n`
  if (!isDryRun) writeFile(path, text)
  return `${path}: hostName\n  before: (not set)\n  after:  ${hostName}\n`
}
