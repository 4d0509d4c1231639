// tumgreyspf-clean: removes expired entries.
import { cleanEntries } from '../../greylist/clean-entries.js'
import { settingsOption } from '../command-line.js'
import { localDay } from '../../counters/counters.js'
import { openEntryExpiry } from '../../config/files/open-entry-expiry.js'
import { openAdminStore } from '../../stores/open-admin-store.js'
import { refuseOperands, defineCommand } from '../run-tool.js'

/** Counters go after so many days. */
const keptDays = 400

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
  async ({ options, operands }, tool) => {
    refuseOperands(operands)
    const settings = tool.readSettings(options.config)
    const store = await openAdminStore(settings, tool.log)
    const stop = tool.streams.catchSignals()
    const total = await store.countEntries()
    const { seen, removed, isStopped } = await cleanEntries({
      store,
      expiryOf: openEntryExpiry(settings, tool.log),
      readClock: () => Date.now() / 1_000,
      isDryRun: options['dry-run'],
      stop,
      onProgress: (done) => {
        if (!options.quiet) tool.progress.show(done, total)
      },
    })
    // Counters are kept for comparison with the year before.
    if (!options['dry-run']) await store.removeCounts(localDay(Date.now() / 1_000 - keptDays * 86_400))
    await store.close()
    const outcome = `${options['dry-run'] ? 'would remove' : 'removed'} ${String(removed)} of ${String(seen)} entries`
    if (isStopped) tool.report(`interrupted after ${String(seen)} of about ${String(total)} entries`)
    if (!options.quiet) await tool.write(`${outcome}\n`)
    return isStopped ? 1 : 0
  },
)
