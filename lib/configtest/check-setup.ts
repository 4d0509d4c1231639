// Whether a Postfix asks the policy server, from its configuration.
import { describeOtherServices } from '../postfix/other-policy-services.js'
import { parseSeconds, policyConnectionSeconds, timeLimitName } from '../postfix/plan-install.js'
import type { PostfixConfiguration } from '../postfix/postfix-configuration.js'
import { policyRestriction } from '../postfix/restriction-list.js'
import { findSites, locatePolicy, readSite } from '../postfix/restriction-sites.js'
import type { Finding } from './finding.js'

/** Postfix's command_time_limit. */
const usualTimeLimit = '1000s'

/** How the entry of master.cf starts the policy server. */
export interface PolicyEntry {
  readonly user: string | undefined
  /** The words that start it, without arguments, possibly with a sandbox first. Empty if there are none. */
  readonly command: readonly string[]
}

/** Reads the entry of master.cf; undefined if there is none. */
export function readPolicyEntry({ policyEntry }: PostfixConfiguration): PolicyEntry | undefined {
  if (policyEntry === undefined) return undefined
  const fields = policyEntry.split(' ')
  const user = fields.find((field) => field.startsWith('user='))?.slice('user='.length)
  const start = fields.findIndex((field) => field.startsWith('argv='))
  const words = start < 0 ? [] : fields.slice(start).map((word) => word.replace(/^argv=/, ''))
  const program = words.findIndex((word) => /\/tumgreyspf(?:\.js)?$/.test(word))
  return { user: user?.split(':')[0], command: words.slice(0, Math.max(program, 0) + 1) }
}

/** Checks entry, time limit and lists; `policyTtl` is smtpd_policy_service_max_ttl as postconf gives it. */
export function checkSetup(configuration: PostfixConfiguration, policyTtl: string): Finding[] {
  return [
    ...checkEntry(configuration),
    checkTimeLimit(configuration, policyTtl),
    ...checkSites(configuration),
    ...describeOtherServices(configuration).map((text): Finding => ({
      level: 'warning',
      text: `postfix: ${text}`,
    })),
  ]
}

function checkEntry({ policyEntry }: PostfixConfiguration): Finding[] {
  if (policyEntry === undefined)
    return [
      { level: 'error', text: 'postfix: master.cf has no service tumgreyspf/unix: run tumgreyspf-install' },
    ]
  const [, , , , chroot, , , command] = policyEntry.split(' ')
  const findings: Finding[] = []
  if (command !== 'spawn')
    findings.push({
      level: 'error',
      text: `postfix: master.cf: tumgreyspf/unix: expected the command spawn, got ${command ?? 'none'}`,
    })
  if (chroot !== 'n')
    findings.push({ level: 'warning', text: 'postfix: master.cf: tumgreyspf/unix: expected "n" for chroot' })
  return findings.length > 0 ? findings : [{ level: 'ok', text: `postfix: master.cf: ${policyEntry}` }]
}

/** Seconds after which Postfix kills a policy process; Infinity for never, NaN if it cannot be read. */
export function readTimeLimit({ parameters }: PostfixConfiguration): number {
  return parseSeconds(parameters.get(timeLimitName) ?? usualTimeLimit)
}

function checkTimeLimit({ parameters }: PostfixConfiguration, policyTtl: string): Finding {
  const limit = parameters.get(timeLimitName)
  const least = parseSeconds(policyTtl) || policyConnectionSeconds
  if (limit !== undefined && parseSeconds(limit) > least)
    return { level: 'ok', text: `postfix: ${timeLimitName} = ${limit}` }
  const got = limit === undefined ? `got the default of ${usualTimeLimit}` : `got ${limit}`
  return {
    level: 'error',
    text: `postfix: ${timeLimitName}: expected more than ${String(least)} s, for which smtpd keeps a connection, ${got}: run tumgreyspf-install`,
  }
}

/** Services for known users or filtered mail need not ask; but one site must. */
function checkSites(configuration: PostfixConfiguration): Finding[] {
  const positions = findSites(configuration).map((site) => ({
    site: site.name,
    position: locatePolicy(readSite(configuration, site)),
  }))
  if (positions.length === 0) return []
  if (positions.every(({ position }) => position.kind === 'absent'))
    return [{ level: 'error', text: 'postfix: no smtpd asks the policy server: run tumgreyspf-install' }]
  return positions.map(({ site, position }): Finding => {
    switch (position.kind) {
      case 'absent':
        return { level: 'ok', text: `postfix: ${site}: does not ask the policy server` }
      case 'behind':
        return { level: 'ok', text: `postfix: ${site}: asks the policy server after ${position.anchor}` }
      case 'ahead':
        return {
          level: 'error',
          text: `postfix: ${site}: ${policyRestriction} is before ${position.anchor}: move it after that`,
        }
    }
  })
}
