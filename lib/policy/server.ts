// Serves one connection: opens log, store and checkers according to the settings, runs the session, and closes them.
import { fstatSync, writeSync } from 'node:fs'
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

/** How long an ending process waits for syslog, and for smtpd to read the last reply, in milliseconds. */
const shutdownTimeoutMilliseconds = 1_000
/** How long a process that got a signal first waits for smtpd to read replies, in milliseconds. */
const stalledTimeoutMilliseconds = 5_000

/**
 * Answers the requests on standard input until its end, a signal or the time limit. Ends the process with status 1,
 * after logging the cause, if it cannot start.
 */
export async function serve(settingsPath: string): Promise<void> {
  const { settings, errors, warnings } = readSettingsFile(settingsPath)
  const openedLog = openLog(settings, 'tumgreyspf')
  const { log } = openedLog

  // Flushes and log files need one thread besides this one. Each more would take address space, and where a limit
  // (ulimit -v) leaves none for a thread, libuv ends the process.
  process.env['UV_THREADPOOL_SIZE'] ??= '1'
  // Deprecation warnings of packages do not concern an administrator.
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

  // Its package may not be installed correctly: no request can repair that, and Postfix defers mail until it is.
  const store = await openStore(settings, log).catch((error: unknown) =>
    refuseToStart(openedLog, [`store: cannot be loaded: ${quoteValue(describeCause(error))}`], 1),
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
  openedLog: OpenLog,
  causes: readonly string[],
  status: number,
): Promise<never> {
  // A terminal; node:tty would have to be loaded to be asked.
  const isForPerson = fstatSync(2).isCharacterDevice()
  for (const line of causes) {
    openedLog.log('error', line)
    if (isForPerson) writeSync(2, `tumgreyspf: ${line}\n`)
  }
  await openedLog.close(shutdownTimeoutMilliseconds)
  return process.exit(status)
}
