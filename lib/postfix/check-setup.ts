// Whether a Postfix asks the policy server, from its configuration.
import { parseSeconds, policyConnectionSeconds, timeLimitName } from './plan-install.js'
import { flattenList, type PostfixConfiguration, type SmtpdService } from './postfix-configuration.js'
import { findAnchor, findPolicy, policyRestriction } from './restriction-list.js'
import type { Finding } from '../configtest/finding.js'

/** How the entry of master.cf starts the policy server. */
export interface PolicyEntry {
  readonly user: string | undefined
  readonly program: string | undefined
}

/** Reads the entry of master.cf; undefined if there is none. */
export function readPolicyEntry({ policyEntry }: PostfixConfiguration): PolicyEntry | undefined {
  if (policyEntry === undefined) return undefined
  const fields = policyEntry.split(' ')
  const valueOf = (name: string): string | undefined =>
    fields.find((field) => field.startsWith(`${name}=`))?.slice(name.length + 1)
  return { user: valueOf('user')?.split(':')[0], program: valueOf('argv') }
}

/** Checks entry, time limit and lists; `policyTtl` is smtpd_policy_service_max_ttl as postconf gives it. */
export function checkSetup(configuration: PostfixConfiguration, policyTtl: string): Finding[] {
  return [
    ...checkEntry(configuration),
    checkTimeLimit(configuration, policyTtl),
    ...checkLists(configuration),
  ]
}

function checkEntry({ policyEntry }: PostfixConfiguration): Finding[] {
  if (policyEntry === undefined)
    return [
      { level: 'fault', text: 'postfix: master.cf has no service tumgreyspf/unix: run tumgreyspf-install' },
    ]
  const [, , , , chroot, , , command] = policyEntry.split(' ')
  const findings: Finding[] = []
  if (command !== 'spawn')
    findings.push({
      level: 'fault',
      text: `postfix: master.cf: tumgreyspf/unix: expected the command spawn, got ${command ?? 'none'}`,
    })
  if (chroot !== 'n')
    findings.push({ level: 'warning', text: 'postfix: master.cf: tumgreyspf/unix: expected "n" for chroot' })
  return findings.length > 0 ? findings : [{ level: 'ok', text: `postfix: master.cf: ${policyEntry}` }]
}

function checkTimeLimit({ parameters }: PostfixConfiguration, policyTtl: string): Finding {
  const limit = parameters.get(timeLimitName)
  const least = parseSeconds(policyTtl) || policyConnectionSeconds
  if (limit !== undefined && parseSeconds(limit) > least)
    return { level: 'ok', text: `postfix: ${timeLimitName} = ${limit}` }
  const got = limit === undefined ? 'it is not set, which gives 1000s' : `got ${limit}`
  return {
    level: 'fault',
    text: `postfix: ${timeLimitName}: expected more than ${String(least)} s, for which smtpd keeps a connection, ${got}: run tumgreyspf-install`,
  }
}

function checkLists(configuration: PostfixConfiguration): Finding[] {
  const own = configuration.smtpdServices.filter(({ overrides }) => overrides.has(recipientList))
  const usesMain = own.length < configuration.smtpdServices.length
  const sites: readonly (SmtpdService | undefined)[] = usesMain ? [undefined, ...own] : own
  const findings = sites.map((service) => checkList(configuration, service))
  const isAsked = findings.some(({ level, text }) => level !== 'fault' && !text.endsWith(notAsked))
  return isAsked || sites.length === 0
    ? findings
    : [
        ...findings,
        { level: 'fault', text: 'postfix: no smtpd asks the policy server: run tumgreyspf-install' },
      ]
}

const recipientList = 'smtpd_recipient_restrictions'
const notAsked = 'does not ask the policy server'

function checkList(configuration: PostfixConfiguration, service: SmtpdService | undefined): Finding {
  const recipients = flattenList(configuration, { service, parameter: recipientList })
  const relay = flattenList(configuration, { service, parameter: 'smtpd_relay_restrictions' })
  const site = service === undefined ? 'main.cf' : `master.cf: ${service.name}`
  const list = findPolicy(recipients) >= 0 ? recipients : relay
  const policy = findPolicy(list)
  // A service of its own for known users or for mail that was filtered need not ask.
  if (policy < 0) return { level: 'ok', text: `postfix: ${site}: ${notAsked}` }
  const anchor = findAnchor(list)
  const isBehind = anchor >= 0 ? anchor < policy : findAnchor(relay) >= 0
  return isBehind
    ? { level: 'ok', text: `postfix: ${site}: asks the policy server behind reject_unauth_destination` }
    : {
        level: 'fault',
        text: `postfix: ${site}: ${policyRestriction} stands ahead of reject_unauth_destination: move it behind`,
      }
}
