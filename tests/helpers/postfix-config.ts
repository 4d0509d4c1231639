// The configuration of the Postfix that tests start: see postfix.ts.
import { networkInterfaces } from 'node:os'

/** The user of the spawn entry and of the mailboxes. */
export const policyUser = 'nobody'

/** Whether this machine has ::1. */
export const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)

/** main.cf: no name is looked up; nothing leaves the machine; the only destination is the mailbox. */
export function mainConfig(directory: string, policyUserId: number): string {
  return `
compatibility_level = 3.6
queue_directory = ${directory}/queue
data_directory = ${directory}/postfix-data
maillog_file = ${directory}/mail.log
maillog_file_prefixes = ${directory}
inet_protocols = ${hasIpv6 ? 'all' : 'ipv4'}
myhostname = mx.example.org
mydestination =
mynetworks = 127.0.0.1/32
disable_dns_lookups = yes
smtpd_peername_lookup = no
default_transport = error:no mail leaves the test
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = example.org
virtual_mailbox_base = ${directory}/mail
virtual_mailbox_maps = static:inbox/
virtual_minimum_uid = 1
virtual_uid_maps = static:${String(policyUserId)}
virtual_gid_maps = static:${String(policyUserId)}
smtpd_authorized_xclient_hosts = 127.0.0.1, [::1]
smtpd_error_sleep_time = 0
smtpd_recipient_restrictions = reject_unauth_destination, check_policy_service unix:private/tumgreyspf
tumgreyspf_time_limit = 3600
`
}

/** master.cf: the services; `command` starts the policy server. */
export function masterConfig(port: number, command: readonly string[]): string {
  const ipv6 = hasIpv6 ? `[::1]:${String(port)} inet n - n - - smtpd` : ''
  return `
127.0.0.1:${String(port)} inet n - n - - smtpd
${ipv6}
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
tumgreyspf unix - n n - 0 spawn user=${policyUser} argv=${command.join(' ')}
`
}
