// tumgreyspf-replay: what other settings would have done with the mail of these logs.
import { hostname } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { createCheckers } from '../../checks/checkers.js'
import { ConfigFilesOnDisk } from '../../config/files/config-files.js'
import { clientNetwork } from '../../greylist/triplet.js'
import { quoteValue } from '../../log/escape.js'
import { parseIpAddress } from '../../net/ip-address.js'
import { PolicyHandler } from '../../policy/policy-handler.js'
import { findDifferences, sumUpReplay, type ReplayFigures } from '../../replay/figures.js'
import type { LogCounts } from '../../replay/read-log.js'
import { readLogs } from '../../replay/files/read-logs.js'
import { findListedAttempts } from '../../replay/listed-clients.js'
import { loggedEnd, type AttemptEnd, type LoggedAttempt } from '../../replay/logged-attempt.js'
import { findMessages, type ReplayAttempt } from '../../replay/logged-message.js'
import { RememberingSpf } from '../../replay/remembering-spf.js'
import { endOfVerdict, replayAttempts, toRequest, type AnswerAttempt } from '../../replay/replay.js'
import { formatReplayJson } from '../../replay/replay-json.js'
import { describeLogs, formatNotes, type ReplayFacts } from '../../replay/replay-notes.js'
import { ReplayStore } from '../../replay/replay-store.js'
import { formatDifferences, formatReplayTable } from '../../replay/replay-text.js'
import { readScenario, ScenarioConfigFiles, type Scenario } from '../../replay/scenario.js'
import { SpfOfLogs } from '../../replay/spf-of-logs.js'
import type { Settings } from '../../settings/settings-table.js'
import type { Spf } from '../../spf/check-host.js'
import { openSpf } from '../../spf/open-spf.js'
import type { WhitelistName } from '../../stores/store.js'
import { settingsOption } from '../command-definition.js'
import { parseGiven, UsageError } from '../command-line.js'
import { defineCommand } from '../run-tool.js'
import type { Tool } from '../tool.js'

/** The program tumgreyspf-replay. */
export const replayCommand = defineCommand(
  {
    name: 'tumgreyspf-replay',
    usage: '[-c FILE] [--set NAME=VALUE]... [--dns] [--top N] [--json] [LOG...]',
    purpose:
      'Shows what other settings would have done with the mail in your logs: the log lines of tumgreyspf are ' +
      'replayed in order, with the settings file as it is and with each --set. Nothing is changed.',
    options: {
      ...settingsOption,
      set: {
        type: 'string',
        array: true,
        requiresArg: true,
        nargs: 1,
        describe: 'also try these settings; separate several with ";"',
      },
      dns: {
        type: 'boolean',
        default: false,
        describe: 'take SPF results from DNS as it is now, not from the logs',
      },
      top: { type: 'string', requiresArg: true, default: '20', describe: 'how many sender domains to show' },
      json: { type: 'boolean', default: false, describe: 'one JSON object' },
    },
    examples: [
      ['$0 --set greylistTime=300 /var/log/mail.log*', 'would five minutes be enough?'],
      ['$0 --set "greylistBySpf=True; greylistTime=300" /var/log/mail.log', 'two changes at once'],
      ['journalctl -o short-iso -t tumgreyspf | $0 --set spfSeedOnly=True', 'from the journal'],
    ],
    notes:
      'Without LOG, or with -, it reads standard input. Logs may be compressed with gzip and are sorted by time. ' +
      '"Not known" counts messages that these settings defer at an attempt that passed or was rejected in the logs: ' +
      'the logs show no later attempt.',
  },
  async ({ options, operands }, tool) => {
    const top = readTop(options.top)
    if (operands.includes('')) throw new UsageError('expected a log file, got ""')
    if (operands.length === 0 && tool.streams.isInputTerminal)
      throw new UsageError('expected mail logs, or one on standard input')
    const base = tool.readSettings(options.config)
    const scenarios = [
      { name: 'settings', settings: base, changed: [] },
      ...(options.set ?? []).map((written) => parseScenario(written, base)),
    ]
    // V8 would let the heap grow to several times its contents before it collects garbage.
    setFlagsFromString('--optimize-for-size')
    const { messages, attempts, counts } = await readMessages(operands, base, tool)
    const [first, last] = [attempts[0], attempts.at(-1)]
    const facts = {
      counts,
      attempts: attempts.length,
      from: first?.time ?? 0,
      to: last?.time ?? 0,
    }

    const listed = await findListedAttempts(attempts, base)
    const isListed = (list: WhitelistName, attempt: ReplayAttempt): boolean => listed[list].has(attempt)
    const hasSpf = attempts.some(({ spf }) => spf.length > 0)
    const dns = options.dns ? new RememberingSpf(openSpf(base)) : undefined
    await dns?.lookUpAll(attempts, (done, total) => {
      tool.progress.show(done, total)
    })
    const asLogged = async (attempt: ReplayAttempt): Promise<AttemptEnd> => loggedEnd(attempt)
    // Only figures are kept: the outcome of each message would take memory for each column.
    const measure = async (
      answer: AnswerAttempt,
      onProgress: (done: number) => void,
    ): Promise<ReplayFigures> =>
      sumUpReplay(messages, await replayAttempts(messages, attempts, answer, onProgress), facts.to)
    const shown = [{ name: 'logged', figures: await measure(asLogged, () => undefined) }]
    let unanswered = 0
    for (const [index, scenario] of scenarios.entries()) {
      const spf = new SpfOfLogs(hostname(), hasSpf)
      const store = new ReplayStore(isListed)
      const answer = openAnswer(scenario, store, spf, dns ?? spf, tool)
      const onProgress = (done: number): void => {
        tool.progress.show(index * attempts.length + done, scenarios.length * attempts.length)
      }
      shown.push({ name: scenario.name, figures: await measure(answer, onProgress) })
      unanswered = Math.max(unanswered, spf.unanswered)
    }

    const tried = shown.slice(1)
    const differences = findDifferences(tried.map(({ figures }) => figures))
    const told: ReplayFacts = {
      ...facts,
      messages: messages.length,
      partial: messages.filter(({ isPartial }) => isPartial).length,
      knownBefore: attempts.filter(({ isKnownBefore }) => isKnownBefore).length,
      unanswered,
    }
    if (options.json) await tool.write(formatReplayJson(told, shown, differences))
    else if (attempts.length === 0) await tool.write(`${describeLogs(told)}\n${formatNotes(told)}`)
    else
      await tool.write(
        `${describeLogs(told)}\n\n${formatReplayTable(shown)}` +
          formatDifferences(
            tried.map(({ name }) => name),
            differences,
            top,
          ) +
          formatNotes(told),
      )
    return attempts.length === 0 ? 1 : 0
  },
)

/** Reads the logs. @throws Error */
async function readMessages(
  paths: readonly string[],
  settings: Settings,
  tool: Tool,
): Promise<ReturnType<typeof findMessages> & { readonly counts: LogCounts }> {
  const { attempts, counts } = await readLogs(paths.length === 0 ? ['-'] : paths, (bytes, total) => {
    tool.progress.show(bytes, total)
  })
  return { ...findMessages(attempts, (attempt) => keyOf(attempt, settings)), counts }
}

/** How the attempts are answered under the settings of a scenario. */
function openAnswer(
  scenario: Scenario,
  store: ReplayStore,
  spfOfLogs: SpfOfLogs,
  spf: Spf,
  tool: Tool,
): AnswerAttempt {
  const { settings, changed } = scenario
  let now = 0
  const handler = new PolicyHandler({
    settings,
    configFiles:
      settings.configPath === undefined
        ? undefined
        : // What is wrong with the files is reported once, by the settings as they are.
          new ScenarioConfigFiles(
            new ConfigFilesOnDisk(settings.configPath, changed.length === 0 ? tool.log : () => undefined),
            changed,
          ),
    checkers: createCheckers(),
    spf,
    store,
    // Errors in a request were logged when it arrived.
    log: (severity, line) => {
      if (severity === 'error') tool.report(line)
    },
    readClock: () => now,
  })
  return async (attempt) => {
    now = attempt.time
    spfOfLogs.begin(attempt)
    store.begin(attempt)
    return endOfVerdict[(await handler.judge(toRequest(attempt))).kind]
  }
}

function readTop(written: string): number {
  if (/^\d{1,6}$/.test(written)) return Number(written)
  throw new UsageError(`--top: expected a number, got ${quoteValue(written)}`)
}

function parseScenario(written: string, base: Settings): Scenario {
  return parseGiven(
    (text) => readScenario(text, base),
    written,
    (reason) => `--set ${quoteValue(written)}: ${reason}`,
  )
}

/** The triplet of an attempt under the settings that wrote the logs. */
function keyOf({ values }: LoggedAttempt, settings: Settings): string {
  const { clientAddress = '', sender = '', recipient = '' } = values
  const address = parseIpAddress(clientAddress)
  const network = address === undefined ? clientAddress : clientNetwork(address, settings).bytes.join('.')
  return settings.greylistByIPOnly ? network : `${network}\n${sender}\n${recipient}`
}
