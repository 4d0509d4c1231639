// tumgreyspf-clean: removes expired entries.
import { cleanEntries } from '../../greylist/clean-entries.js'
import { settingsOption } from '../command-line.js'
import { openEntryExpiry } from '../../config/files/open-entry-expiry.js'
import { openAdminStore } from '../../stores/open-admin-store.js'
import { ProgressBar } from '../progress-bar.js'
import { logToTerminal, readToolSettings, refuseOperands, defineCommand } from '../run-tool.js'
import { ToolOutput, writeError } from '../tool-output.js'

/** The program tumgreyspf-clean. */
export const cleanCommand = defineCommand(
  {
    name: 'tumgreyspf-clean',
    usage: '[-c FILE] [--dry-run] [--quiet]',
    purpose:
      'Removes expired entries: those that were never tried again, and those without mail for GREYLISTEXPIREDAYS. ' +
      'Run it daily from cron, while mail flows.',
    options: {
      ...settingsOption,
      'dry-run': {
        alias: 'n',
        type: 'boolean',
        default: false,
        describe: 'only say how many would be removed',
      },
      quiet: {
        alias: 'q',
        type: 'boolean',
        default: false,
        describe: 'say nothing unless something is wrong',
      },
    },
    examples: [
      ['$0', 'remove what has expired'],
      ['$0 --dry-run', 'count it only'],
      ['$0 --quiet', 'the line for cron'],
    ],
  },
  async ({ options, operands }) => {
    refuseOperands(operands)
    const settings = readToolSettings(options.config)
    const store = await openAdminStore(settings, logToTerminal)
    const stop = new AbortController()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        stop.abort()
      })
    const bar = new ProgressBar()
    const total = await store.countEntries()
    const { seen, removed, isStopped } = await cleanEntries({
      store,
      expiryDays: openEntryExpiry(settings, logToTerminal),
      readClock: () => Date.now() / 1_000,
      isDryRun: options['dry-run'],
      stop: stop.signal,
      onProgress: (done) => {
        if (!options.quiet) bar.show(done, total)
      },
    })
    bar.clear()
    await store.close()
    const outcome = `${options['dry-run'] ? 'would remove' : 'removed'} ${String(removed)} of ${String(seen)} entries`
    if (isStopped)
      writeError(`tumgreyspf-clean: interrupted after ${String(seen)} of about ${String(total)} entries`)
    if (!options.quiet) await new ToolOutput().write(`${outcome}\n`)
    return isStopped ? 1 : 0
  },
)
