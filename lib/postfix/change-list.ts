// Changes one restriction list, and applies a change to a configuration.
import { Obstacle, type Change } from './change.js'
import type { PostfixConfiguration, SmtpdService } from './postfix-configuration.js'
import { withoutBlanks } from './restriction-list.js'

/** A list where it is set: a service of master.cf, or main.cf if that is undefined; `text` undefined if it is not set. */
export interface WrittenList {
  readonly service: SmtpdService | undefined
  readonly parameter: string
  readonly text: string | undefined
}

/** The change of a list to `after`, unless postconf cannot make it. */
export function changeTo(
  { service, parameter, text: before }: WrittenList,
  after: string,
): Change | Obstacle {
  if (service === undefined) return { target: 'parameter', name: parameter, before, after }
  const compact = withoutBlanks(after)
  const name = `${service.name}/${parameter}`
  return compact === undefined
    ? new Obstacle(
        `postconf cannot set ${name}, which has blanks inside braces: change it by hand to ${after}`,
      )
    : { target: 'service parameter', name, before, after: compact }
}

/** The configuration with a parameter of main.cf or of a service changed. */
export function applyChange(
  configuration: PostfixConfiguration,
  { target, name, after = '' }: Change,
): PostfixConfiguration {
  if (target === 'entry') return { ...configuration, policyEntry: after }
  if (target === 'parameter')
    return { ...configuration, parameters: new Map(configuration.parameters).set(name, after) }
  const smtpdServices = configuration.smtpdServices.map((service) => {
    const isChanged = name.startsWith(`${service.name}/`)
    const parameter = name.slice(service.name.length + 1)
    return isChanged ? { ...service, overrides: new Map(service.overrides).set(parameter, after) } : service
  })
  return { ...configuration, smtpdServices }
}
