// What has to change for a Postfix to be as it was before tumgreyspf-install, from the record of what that changed.
// Where a value was edited since, only our own part is taken out of it.
import { isSameValue, type Change } from './change.js'
import { policyServiceName, timeLimitName } from './plan-install.js'
import { classList } from './plan-learn.js'
import type { PostfixConfiguration } from './postfix-configuration.js'
import { holdsOurs, learnClass, removeOurs, withoutBlanks } from './restriction-list.js'

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
    else if (!isOurs(current)) notes.push(`${change.name}: left unchanged: it was changed since`)
  }
  const removals = made.length === 0 ? removalsWithoutRecord(configuration) : []
  const isServiceGoing = [...changes, ...removals].some(
    ({ target, after }) => target === 'entry' && after === undefined,
  )
  const undone = new Set([...changes, ...removals].map(keyOf))
  const touched = new Set(made.map(keyOf))
  // A list that names the service is changed back if we changed it, and in any case if the service goes.
  const leftovers = remainingLists(configuration).filter(
    (change) => !undone.has(keyOf(change)) && (isServiceGoing || touched.has(keyOf(change))),
  )
  const all = [...leftovers, ...changes, ...removals]
  return { changes: [...all].sort((one, other) => orderOf(one) - orderOf(other)), notes }
}

/** What names the class goes before the class, and what names the service before the service. */
function orderOf({ target, name, before, after }: Change): number {
  if (name === classList) return 2
  if (name === learnClass) return 1
  if (target === 'entry') return 3
  return isOurs(before) || isOurs(after) ? 0 : 3
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

/** Every list that still names our service or class, without it. */
function remainingLists({ parameters, smtpdServices }: PostfixConfiguration): Change[] {
  const inMain = [...parameters].map(([name, before]): Change => ({
    target: 'parameter',
    name,
    before,
    after: name === learnClass ? undefined : removeOurs(before),
  }))
  const inServices = smtpdServices.flatMap(({ name: service, overrides }) =>
    [...overrides].map(([name, before]): Change => {
      const rest = removeOurs(before)
      return {
        target: 'service parameter',
        name: `${service}/${name}`,
        before,
        after: withoutBlanks(rest) ?? rest,
      }
    }),
  )
  return [...inMain, ...inServices].filter(({ before }) => isOurs(before))
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

function isOurs(value: string | undefined): boolean {
  return value !== undefined && holdsOurs(value)
}
