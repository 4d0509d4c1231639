// Plans the changes that make the submission services ask the policy server too, so that it learns whom our users write to.
// A restriction class asks it, and check_sasl_access runs that class for authenticated clients only, so it is not asked
// about other clients, and with "skipAuthenticated" every answer is dunno. Source: access(5),
// RESTRICTION_CLASS_README.
import { applyChange, changeTo, Obstacle, type Change, type ChangePlan, type WrittenList } from './change.js'
import { flattenList, type PostfixConfiguration, type SmtpdService } from './postfix-configuration.js'
import {
  findLearn,
  insertRestriction,
  learnClass,
  learnRestriction,
  policyRestriction,
  separatorOf,
  splitRestrictions,
} from './restriction-list.js'
import { recipientList, relayList } from './restriction-sites.js'

/** The parameter that names the restriction classes. */
export const classList = 'smtpd_restriction_classes'

/** Plans for a Postfix whose other lists are already changed. */
export function planLearn(configuration: PostfixConfiguration): ChangePlan {
  const changes: Change[] = []
  const notes: string[] = []
  const services = configuration.smtpdServices.filter(isSubmission)
  if (services.length === 0) notes.push('master.cf: no submission service to learn from')
  let current = configuration
  for (const service of services) {
    const list = findList(current, service)
    if (list === undefined)
      notes.push(
        `master.cf: ${service.name}: left unchanged: it has neither ${recipientList} nor ${relayList} of its own`,
      )
    else if (!holdsLearn(current, list)) {
      const change = changeTo(list, insertRestriction(list.text ?? '', -1, learnRestriction))
      if (change instanceof Obstacle)
        notes.push(`${list.service?.name ?? 'main.cf'}: left unchanged: ${change.reason}`)
      else {
        changes.push(change)
        // Services can share a list in main.cf: the next one must see this change.
        current = applyChange(current, change)
      }
    }
  }
  return { changes: changes.length === 0 ? [] : [...planClass(configuration), ...changes], notes }
}

/** The list to ask in, if there is one: without SASL, Postfix warns of check_sasl_access with each recipient. */
function findList({ parameters }: PostfixConfiguration, service: SmtpdService): WrittenList | undefined {
  const own = [recipientList, relayList].find((name) => service.overrides.has(name))
  if (own !== undefined) return { service, parameter: own, text: service.overrides.get(own) }
  return parameters.get('smtpd_sasl_auth_enable') === 'yes'
    ? { service: undefined, parameter: recipientList, text: parameters.get(recipientList) }
    : undefined
}

function holdsLearn(configuration: PostfixConfiguration, { service, parameter }: WrittenList): boolean {
  return findLearn(flattenList(configuration, { service, parameter })) >= 0
}

function planClass({ parameters }: PostfixConfiguration): Change[] {
  const classes = parameters.get(classList)
  const changes: Change[] = []
  if (!splitRestrictions(classes ?? '').some(({ text }) => text === learnClass))
    changes.push({
      target: 'parameter',
      name: classList,
      before: classes,
      after: classes ? classes + separatorOf(classes) + learnClass : learnClass,
    })
  if (parameters.get(learnClass) !== policyRestriction)
    changes.push({
      target: 'parameter',
      name: learnClass,
      before: parameters.get(learnClass),
      after: policyRestriction,
    })
  return changes
}

/** "submission/inet", "192.0.2.1:submissions/inet", "[::1]:587/inet" and so on. */
function isSubmission({ name }: SmtpdService): boolean {
  return /^(?:.*:)?(?:submissions?|smtps|587|465)\/inet$/.test(name)
}
