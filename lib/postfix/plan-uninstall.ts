// What has to change for a Postfix to be as it was before tumgreyspf-install, from the record of what that changed.
// Where a value was edited since, only our own part is taken out of it.
import { isSameValue, type Change } from './change.js'
import { policyServiceName, timeLimitName } from './plan-install.js'
import type { PostfixConfiguration } from './postfix-configuration.js'
import { findPolicy, removePolicy, splitRestrictions, withoutBlanks } from './restriction-list.js'

/** The changes to make, in order, and what is left as it is. */
export interface UninstallPlan {
  readonly changes: readonly Change[]
  readonly notes: readonly string[]
}

/** Plans the way back; `made` is what the installation changed, empty if that is not known. */
export function planUninstall(configuration: PostfixConfiguration, made: readonly Change[]): UninstallPlan {
  const changes: Change[] = []
  const notes: string[] = []
  for (const change of [...made].reverse()) {
    const current = currentValue(configuration, change)
    if (isSameValue(current, change.before)) continue
    if (isSameValue(current, change.after)) changes.push({ ...change, before: current, after: change.before })
    else if (!isList(current)) notes.push(`${change.name}: left as it is: it was changed since`)
  }
  const removals = made.length === 0 ? removalsWithoutRecord(configuration) : []
  const isServiceGoing = [...changes, ...removals].some(
    ({ target, after }) => target === 'entry' && after === undefined,
  )
  const undone = new Set(changes.map(keyOf))
  const touched = new Set(made.map(keyOf))
  // A list that names the service is taken back if it was ours, and whoever wrote it if the service goes.
  const leftovers = remainingLists(configuration).filter(
    (change) => !undone.has(keyOf(change)) && (isServiceGoing || touched.has(keyOf(change))),
  )
  const all = [...leftovers, ...changes, ...removals]
  // The service goes last: nobody may ask for one that is no longer there.
  return { changes: [...all.filter(isListChange), ...all.filter((change) => !isListChange(change))], notes }
}

function keyOf({ target, name }: Change): string {
  return `${target} ${name}`
}

/** The value that a change's name has now. */
function currentValue(configuration: PostfixConfiguration, { target, name }: Change): string | undefined {
  switch (target) {
    case 'entry':
      return configuration.policyEntry
    case 'parameter':
      return configuration.parameters.get(name)
    case 'service parameter': {
      const service = configuration.smtpdServices.find((one) => name.startsWith(`${one.name}/`))
      return service?.overrides.get(name.slice(service.name.length + 1))
    }
  }
}

/** Every list that still names our service, without it. */
function remainingLists(configuration: PostfixConfiguration): Change[] {
  const inMain = [...configuration.parameters].map(([name, before]): Change => ({
    target: 'parameter',
    name,
    before,
    after: removePolicy(before),
  }))
  const inServices = configuration.smtpdServices.flatMap(({ name: service, overrides }) =>
    [...overrides].map(([name, before]): Change => {
      const rest = removePolicy(before)
      return {
        target: 'service parameter',
        name: `${service}/${name}`,
        before,
        after: withoutBlanks(rest) ?? rest,
      }
    }),
  )
  return [...inMain, ...inServices].filter(({ before }) => isList(before))
}

/** Without a record, what is certainly ours: the service and its time limit. */
function removalsWithoutRecord({ policyEntry, parameters }: PostfixConfiguration): Change[] {
  const changes: Change[] = []
  if (policyEntry !== undefined)
    changes.push({ target: 'entry', name: policyServiceName, before: policyEntry, after: undefined })
  const timeLimit = parameters.get(timeLimitName)
  if (timeLimit !== undefined)
    changes.push({ target: 'parameter', name: timeLimitName, before: timeLimit, after: undefined })
  return changes
}

function isList(value: string | undefined): boolean {
  return value !== undefined && findPolicy(splitRestrictions(value)) >= 0
}

function isListChange({ before, after }: Change): boolean {
  return isList(before) || isList(after)
}
