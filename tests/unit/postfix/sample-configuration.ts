// Configurations of Postfix for tests of what is decided about them.
import type { WantedService } from '../../../lib/postfix/plan-install.js'
import type { PostfixConfiguration } from '../../../lib/postfix/postfix-configuration.js'

export const policy = 'check_policy_service unix:private/tumgreyspf'
export const entry = 'tumgreyspf unix - n n - 0 spawn user=tumgreyspf argv=/usr/local/sbin/tumgreyspf'
export const wanted: WantedService = {
  program: '/usr/local/sbin/tumgreyspf',
  user: undefined,
  settings: undefined,
  learns: false,
}
/** Postfix's own smtpd_relay_restrictions. */
export const relayDefault = 'permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination'

/** What main.cf sets, and the smtpd services with what they set for themselves. */
export function sampleConfiguration(
  parameters: Readonly<Record<string, string>>,
  services: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
  policyEntry?: string,
): PostfixConfiguration {
  return {
    parameters: new Map(Object.entries(parameters)),
    relayRestrictions: parameters['smtpd_relay_restrictions'] ?? relayDefault,
    smtpdServices: Object.entries({ 'smtp/inet': {}, ...services }).map(([name, overrides]) => ({
      name,
      overrides: new Map(Object.entries(overrides)),
    })),
    policyEntry,
  }
}

/** A Postfix that is set up. */
export function doneConfiguration(
  recipients: string,
  more: Readonly<Record<string, string>> = {},
): PostfixConfiguration {
  return sampleConfiguration(
    { tumgreyspf_time_limit: '3600', smtpd_recipient_restrictions: recipients, ...more },
    {},
    entry,
  )
}
