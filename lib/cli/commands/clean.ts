// tumgreyspf-clean: removes expired entries.
import { cleanUnseen, type UnseenCounts } from '../../greylist/clean-unseen.js'
import { cleanEntries } from '../../greylist/clean-entries.js'
import { settingsOption } from '../command-definition.js'
import { localDay } from '../../counters/counters.js'
import { openEntryExpiry } from '../../config/files/open-entry-expiry.js'
import { openAdminStore } from '../../stores/open-admin-store.js'
import type { AgingList } from '../../stores/store.js'
import { refuseOperands, defineCommand } from '../run-tool.js'

/** Counters are removed after this many days. */
const keptDays = 400

const unseenNames: Readonly<Record<AgingList, string>> = {
  autowhitelist: 'autowhitelisted client',
  learned: 'learned recipient',
  blackholed: 'caught client',
}

/** The program tumgreyspf-clean. */
export const cleanCommand = defineCommand(
  {
    name: 'tumgreyspf-clean',
    usage: '[-c FILE] [--dry-run] [--quiet]',
    purpose:
      'Removes expired entries: those that were never retried, and those without mail for GREYLISTEXPIREDAYS; ' +
      'and automatically whitelisted clients, learned correspondents and caught clients that have expired. ' +
      'Run it daily from cron, while mail flows.',
    options: {
      ...settingsOption,
      'dry-run': {
        alias: 'n',
        type: 'boolean',
        default: false,
        describe: 'only show how many would be removed',
      },
      quiet: {
        alias: 'q',
        type: 'boolean',
        default: false,
        describe: 'print nothing unless something is wrong',
      },
    },
    examples: [
      ['$0', 'remove expired entries'],
      ['$0 --dry-run', 'only count them'],
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
    const unseen = isStopped
      ? undefined
      : await cleanUnseen(store, settings, Date.now() / 1_000, options['dry-run'])
    await store.close()
    const verb = options['dry-run'] ? 'would remove' : 'removed'
    const outcome = `${verb} ${String(removed)} of ${String(seen)} entries${describeUnseen(unseen)}`
    if (isStopped) tool.report(`interrupted after ${String(seen)} of about ${String(total)} entries`)
    if (!options.quiet) await tool.write(`${outcome}\n`)
    return isStopped ? 1 : 0
  },
)

/** ", 2 autowhitelisted clients, 1 learned recipient": the lists from which something was removed. */
function describeUnseen(unseen: UnseenCounts | undefined): string {
  if (unseen === undefined) return ''
  const lists = Object.keys(unseenNames) as AgingList[]
  return lists
    .filter((list) => unseen[list] > 0)
    .map((list) => `, ${String(unseen[list])} ${unseenNames[list]}${unseen[list] === 1 ? '' : 's'}`)
    .join('')
}
