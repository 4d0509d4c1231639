// tumgreyspf-install: wires a Postfix to the policy server.
import { existsSync } from 'node:fs'
import { UsageError } from '../command-line.js'
import { Postfix, PostfixError } from '../../postfix/postconf/postconf.js'
import { refuseOperands, defineCommand } from '../run-tool.js'
import { uninstallPostfix, installPostfix } from '../../postfix/postconf/install-postfix.js'
import { policyEntry } from '../../postfix/plan-install.js'
import { quoteValue } from '../../log/escape.js'

/** Where "make install", the Debian package and npm put the launcher. */
const launchers = ['/usr/local/sbin', '/usr/sbin', '/usr/local/bin', '/usr/bin'].map(
  (directory) => `${directory}/tumgreyspf`,
)

/** The program tumgreyspf-install. */
export const installCommand = defineCommand(
  {
    name: 'tumgreyspf-install',
    usage: '[--config-dir DIR] [--dry-run] [--uninstall]',
    purpose:
      'Wires Postfix to the policy server: its entry in master.cf, check_policy_service right behind ' +
      'reject_unauth_destination, and its time limit. All is done with postconf(1); what is there is kept.',
    options: {
      'config-dir': {
        alias: 'c',
        type: 'string',
        requiresArg: true,
        describe: "the configuration directory of another Postfix than the system's own",
      },
      'dry-run': {
        alias: 'n',
        type: 'boolean',
        default: false,
        describe: 'only show the changes',
      },
      uninstall: {
        type: 'boolean',
        default: false,
        describe: 'take back what was changed',
      },
      program: {
        type: 'string',
        requiresArg: true,
        describe: 'the policy server, if it is not in a usual place',
      },
      user: {
        type: 'string',
        requiresArg: true,
        default: 'tumgreyspf',
        describe: 'the user that it runs as',
      },
    },
    examples: [
      ['$0 --dry-run', 'show what would be changed'],
      ['$0', 'change it; then: postfix reload'],
      ['$0 --uninstall', 'take it back'],
      ['$0 -c /etc/postfix-in', 'wire another instance'],
    ],
    notes:
      'Backups (main.cf.before-tumgreyspf-TIME, likewise master.cf) and a record of the changes ' +
      '(tumgreyspf-install.json) are kept beside main.cf.',
  },
  async ({ options, operands }, tool) => {
    refuseOperands(operands)
    const program =
      options.program ?? launchers.find((path) => existsSync(path)) ?? '/usr/local/sbin/tumgreyspf'
    for (const value of [program, options.user, options['config-dir']])
      if (value === '' || /\s/.test(value ?? ''))
        throw new UsageError(`expected a value without blanks, got ${quoteValue(value ?? '')}`)
    if (!program.startsWith('/'))
      throw new UsageError(`program: expected an absolute path, got ${quoteValue(program)}`)
    let text = ''
    let succeeded = true
    try {
      const configDir = options['config-dir']
      const parts = {
        postfix: configDir === undefined ? Postfix.default() : new Postfix(configDir),
        isDryRun: options['dry-run'],
        entry: policyEntry(program, options.user),
        now: Date.now(),
        write: (piece: string): void => {
          text += piece
        },
      }
      if (options.uninstall) uninstallPostfix(parts)
      else succeeded = installPostfix(parts)
    } catch (error) {
      if (error instanceof PostfixError) throw new Error(error.message, { cause: error })
      throw error
    } finally {
      // Also what was done before something failed.
      await tool.write(text)
    }
    return succeeded ? 0 : 1
  },
)
