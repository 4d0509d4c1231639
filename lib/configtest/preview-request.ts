// Previews one request: its settings file by file, the verdict of each checker, and the answer. Nothing is written.
import { PolicyHandler, type Dependencies } from '../policy/policy-handler.js'
import type { Checker, CheckContext } from '../checks/checker.js'
import type { Verdict } from '../checks/verdict.js'
import { formatAction } from '../policy/action.js'
import {
  defaultMessageSettings,
  messageSettingNames,
  type MessageSettings,
} from '../config/message-settings.js'
import { formatConfigValue, type ConfigValues } from '../config/parse-config-file.js'
import type { ConfigFiles } from '../config/resolve-message-settings.js'
import type { PolicyRequest } from '../policy/policy-request.js'
import type { CheckerName } from '../settings/settings-table.js'

/** Describes what would happen, in lines. `settingsPath` names the settings file in them. */
export async function previewRequest(
  request: PolicyRequest,
  dependencies: Omit<Dependencies, 'log'>,
  settingsPath: string,
  explain?: (context: CheckContext) => Promise<readonly string[]>,
): Promise<string> {
  const { settings, configFiles, checkers } = dependencies
  const defaults = defaultMessageSettings(settings)
  const steps: Step[] = [{ path: settingsPath, values: defaults }]
  const opinions: string[] = []
  const logged: string[] = []
  let seen: CheckContext | undefined
  const record = (name: CheckerName): Checker =>
    recordOpinion(name, checkers[name], opinions, (context) => {
      seen = context
    })
  const handler = new PolicyHandler({
    ...dependencies,
    configFiles: configFiles === undefined ? undefined : recordSteps(configFiles, steps),
    checkers: {
      spf: record('spf'),
      greylist: record('greylist'),
      blackhole: record('blackhole'),
    },
    log: (severity, line) => {
      if (severity !== 'debug' || explain !== undefined) logged.push(line)
    },
  })
  const action = await handler.answer(request)
  return [
    'files, in order; later ones override earlier ones:',
    ...steps.map(({ path, values }) => `  ${path}: ${describeValues(values)}`),
    'settings of the request:',
    ...messageSettingNames.map((key) => {
      const { path, value } = originOf(key, steps)
      return `  ${key.toUpperCase()} = ${value}  (${path})`
    }),
    'checkers now:',
    ...(opinions.length > 0 ? opinions : ['none was run']).map((line) => `  ${line}`),
    'log lines:',
    ...(logged.length > 0 ? logged : ['none']).map((line) => `  ${line}`),
    `answer: ${action}`,
    ...(explain === undefined ? [] : seen === undefined ? ['no checker is run for it'] : await explain(seen)),
    '',
  ].join('\n')
}

/** One file with the values that it sets; undefined if it does not exist. */
interface Step {
  readonly path: string
  readonly values: ConfigValues | undefined
}

function recordSteps(files: ConfigFiles, steps: Step[]): ConfigFiles {
  return {
    hasDirectory: (directory) => {
      const exists = files.hasDirectory(directory)
      if (!exists) steps.push({ path: `${directory}/`, values: undefined })
      return exists
    },
    readValues: (path) => {
      const values = files.readValues(path)
      steps.push({ path, values })
      return values
    },
  }
}

function recordOpinion(
  name: CheckerName,
  check: Checker,
  opinions: string[],
  note: (context: CheckContext) => void,
): Checker {
  return async (context) => {
    note(context)
    const verdict = await check(context)
    opinions.push(`${name}: ${describeVerdict(verdict)}`)
    return verdict
  }
}

function describeVerdict(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'dunno':
      return 'no opinion'
    case 'prepend':
      return `${formatAction(verdict)}${verdict.final ? ' (ends the run)' : ''}`
    case 'defer':
    case 'reject':
      return `${formatAction(verdict)} (ends the run)`
  }
}

function describeValues(values: ConfigValues | undefined): string {
  if (values === undefined) return 'does not exist'
  const set = messageSettingNames.filter((key) => values[key] !== undefined)
  return set.length === 0
    ? 'sets nothing'
    : set.map((key) => `${key.toUpperCase()} = ${formatConfigValue(values[key])}`).join('; ')
}

function originOf(key: keyof MessageSettings, steps: readonly Step[]): { path: string; value: string } {
  const step = steps.findLast(({ values }) => values?.[key] !== undefined)
  return { path: step?.path ?? '', value: formatConfigValue(step?.values?.[key]) }
}
