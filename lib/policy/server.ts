// Serves one connection: opens log, store and checkers by the settings, runs the session, and closes all at its end.
import { writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { createCheckers } from '../checks/checkers.js'
import { PolicyHandler } from './policy-handler.js'
import { Counters } from '../counters/counters.js'
import { quoteValue } from '../log/escape.js'
import { runSession } from './session.js'
import { openSpf } from '../spf/open-spf.js'
import { ConfigFilesOnDisk } from '../config/files/config-files.js'
import { openStore } from '../stores/open-store.js'
import { storeTimeoutMilliseconds } from '../stores/store.js'
import { readSettingsFile } from '../settings/settings-file.js'
import { createOutput, flushOutput, readInput } from './stdio.js'
import { openLog, type OpenLog } from '../log/open-log.js'
import { describeCause } from '../system/error.js'

/** How long a process that ends waits for syslog, and for smtpd to take the last reply, in milliseconds. */
const shutdownTimeoutMilliseconds = 1_000
/** How long a process that was told to end waits for smtpd to take replies before it, in milliseconds. */
const stalledTimeoutMilliseconds = 5_000

/**
 * Answers the requests on standard input until its end, a signal or the time limit. Ends the process with status 1,
 * after saying why in the log, if it cannot begin.
 */
export async function serve(settingsPath: string): Promise<void> {
  const { settings, errors, warnings } = readSettingsFile(settingsPath)
  const openedLog = openLog(settings, 'tumgreyspf')
  const { log } = openedLog

  // Flushes and log files need one thread besides this one. Each more would take address space, and where a limit
  // (ulimit -v) leaves none for a thread, libuv ends the process.
  process.env['UV_THREADPOOL_SIZE'] ??= '1'
  // The packages' deprecations are no administrator's business.
  process.noDeprecation = true
  process.removeAllListeners('warning').on('warning', (warning) => {
    log('warning', `node: ${quoteValue(`${warning.name}: ${warning.message}`)}`)
  })
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error: unknown) => {
      log(
        'error',
        `internal: ${quoteValue(error instanceof Error ? (error.stack ?? error.message) : String(error))}`,
      )
    })

  for (const line of warnings) log('warning', line)
  if (errors.length > 0) await refuseToStart(openedLog, errors, 1)

  // Between two requests the process ends at once; one that is being answered gets its answer, for which DNS and the
  // store may each take their time, unless smtpd does not take it.
  const answerTimeoutMilliseconds = settings.dnsTimeout * 1_000 + storeTimeoutMilliseconds
  const stop = new AbortController()
  const end = (): void => {
    stop.abort()
    setTimeout(() => process.exit(0), answerTimeoutMilliseconds + shutdownTimeoutMilliseconds).unref()
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end)
  if (settings.timeLimit > 0) setTimeout(end, settings.timeLimit * 1_000).unref()

  // Its package may not be installed as it should be: no request repairs that, and Postfix defers mail until it is.
  const store = await openStore(settings, log).catch((error: unknown) =>
    refuseToStart(openedLog, [`store: cannot load it: ${quoteValue(describeCause(error))}`], 1),
  )
  const readClock = (): number => Date.now() / 1_000
  const counters = new Counters(store, readClock)
  const handler = new PolicyHandler({
    settings,
    configFiles:
      settings.configPath === undefined ? undefined : new ConfigFilesOnDisk(settings.configPath, log),
    checkers: createCheckers(),
    spf: openSpf(settings, () => {
      counters.count('dns_timeouts')
    }),
    store,
    log,
    readClock,
    count: counters.count,
  })
  await runSession({
    input: readInput(stop.signal),
    write: createOutput(stop.signal, stalledTimeoutMilliseconds),
    answer: (request) => handler.answer(request),
    log,
    debugLevel: settings.debugLevel,
  })
  await flushOutput(shutdownTimeoutMilliseconds)
  await counters.close(shutdownTimeoutMilliseconds)
  await store.close()
  await openedLog.close(shutdownTimeoutMilliseconds)
}

/** Ends the process after saying why in the log, and to a person: descriptor 2 may be Postfix's socket. */
export async function refuseToStart(
  { log, close }: OpenLog,
  causes: readonly string[],
  status: number,
): Promise<never> {
  for (const line of causes) {
    log('error', line)
    if (isatty(2)) writeSync(2, `tumgreyspf: ${line}\n`)
  }
  await close(shutdownTimeoutMilliseconds)
  return process.exit(status)
}
