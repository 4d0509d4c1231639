// Plans how to undo tumgreyspf-install, from the record of its changes. If a value was edited since, only our own part is
// removed from it.
import { isSameValue, type Change, type ChangePlan } from './change.js'
import { policyServiceName, timeLimitName } from './plan-install.js'
import { classList } from './plan-learn.js'
import type { PostfixConfiguration } from './postfix-configuration.js'
import { holdsOurs, learnClass, removeOurs, withoutBlanks } from './restriction-list.js'

/** Plans the undo, with a note for what is left unchanged; `made` has the changes of the installation, empty if unknown. */
export function planUninstall(configuration: PostfixConfiguration, made: readonly Change[]): ChangePlan {
  const changes: Change[] = []
  const notes: string[] = []
  for (const change of [...made].reverse()) {
    const current = currentValue(configuration, change)
    if (isSameValue(current, change.before)) continue
    if (isSameValue(current, change.after)) changes.push({ ...change, before: current, after: change.before })
    else if (!isOurs(current)) notes.push(`${change.name}: left unchanged: it has been changed since`)
  }
  const removals = made.length === 0 ? removalsWithoutRecord(configuration) : []
  const isServiceGoing = [...changes, ...removals].some(
    ({ target, after }) => target === 'entry' && after === undefined,
  )
  const undone = new Set([...changes, ...removals].map(keyOf))
  const touched = new Set(made.map(keyOf))
  // A list that names the service is changed back if we changed it, and always if the service is removed.
  const leftovers = remainingLists(configuration).filter(
    (change) => !undone.has(keyOf(change)) && (isServiceGoing || touched.has(keyOf(change))),
  )
  const all = [...leftovers, ...changes, ...removals]
  return { changes: [...all].sort((one, other) => orderOf(one) - orderOf(other)), notes }
}

/** References to the class are removed before the class, and references to the service before the service. */
function orderOf({ target, name, before, after }: Change): number {
  if (name === classList) return 2
  if (name === learnClass) return 1
  if (target === 'entry') return 3
  return isOurs(before) || isOurs(after) ? 0 : 3
}

function keyOf({ target, name }: Change): string {
  return `${target} ${name}`
}

/** The current value of a change's target. */
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

/** Without a record, only what is certainly ours: the service and its time limit. */
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
