// configtest: does DNS answer, is syslog running?
import { promises as dns } from 'node:dns'
import { accessSync, closeSync, constants, openSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { probeUnixSyslog } from '../log/syslog/syslog-unix.js'
import { formatServer } from '../net/server-address.js'
import type { Finding } from './finding.js'
import type { SyslogAddress } from '../settings/server-settings.js'
import type { Settings } from '../settings/settings-table.js'
import { asAccount, type Account } from '../system/as-owner.js'
import { describeCause, errorCode } from '../system/error.js'

/** An existing name (RFC 2606). That it has no such record is an answer too. */
const askedName = 'example.org'
const answeringCodes = ['ENODATA', 'ENOTFOUND']

/** Asks each server that SPF would ask. */
export async function checkDns({ dnsServers, dnsTimeout, checkers }: Settings): Promise<Finding[]> {
  const servers = dnsServers?.map(formatServer) ?? new dns.Resolver().getServers()
  const level = checkers.includes('spf') ? 'error' : 'warning'
  return Promise.all(
    servers.map(async (server): Promise<Finding> => {
      const resolver = new dns.Resolver({ timeout: Math.min(dnsTimeout, 5) * 1_000, tries: 1 })
      resolver.setServers([server])
      try {
        await resolver.resolveTxt(askedName)
      } catch (error) {
        const code = errorCode(error) ?? ''
        if (!answeringCodes.includes(code))
          return {
            level,
            text: `dns: ${server}: no answer for ${askedName}: ${code || describeCause(error)}`,
          }
      }
      return { level: 'ok', text: `dns: ${server}: answers` }
    }),
  )
}

/** Checks whether lines can reach the log; `account` is the policy user, if known. */
export async function checkLog(settings: Settings, account: Account | undefined): Promise<Finding> {
  const { logFile } = settings
  if (logFile === undefined) return checkSyslog(settings)
  const check = (): void => {
    checkLogFile(logFile)
  }
  try {
    if (account === undefined) check()
    else asAccount(account, check)
    return { level: 'ok', text: `log: ${logFile}: can be written` }
  } catch (error) {
    return { level: 'error', text: `log: ${logFile}: log lines are lost: ${describeCause(error)}` }
  }
}

function checkLogFile(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) accessSync(dirname(path), constants.W_OK | constants.X_OK)
  else if (!stats.isFile()) throw new Error('expected a file')
  else closeSync(openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK))
}

async function checkSyslog({ syslogAddress }: Settings): Promise<Finding> {
  const name = formatSyslogAddress(syslogAddress)
  try {
    if (syslogAddress.kind === 'unix') await probeUnixSyslog(syslogAddress.path)
    else if (syslogAddress.kind === 'tcp') await connectOnce(syslogAddress.host, syslogAddress.port)
    else await dns.lookup(syslogAddress.host)
    const isUdp = syslogAddress.kind === 'udp'
    return {
      level: 'ok',
      text: `syslog: ${name}: ${isUdp ? 'UDP does not show whether a server is listening' : 'is reachable'}`,
    }
  } catch (error) {
    // A machine on which Postfix uses maillog_file needs no syslog, so other programs have none.
    const remedy = syslogAddress.kind === 'unix' ? '; set logFile, or start a syslog daemon' : ''
    return { level: 'error', text: `syslog: ${name}: log lines are lost: ${describeCause(error)}${remedy}` }
  }
}

function connectOnce(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: 5_000 })
    socket.once('connect', resolve).once('error', reject)
    socket.once('timeout', () => {
      reject(new Error('no answer within 5 s'))
    })
    socket.once('connect', () => socket.destroy()).once('timeout', () => socket.destroy())
  })
}

function formatSyslogAddress(address: SyslogAddress): string {
  if (address.kind === 'unix') return address.path
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${address.kind}://${host}:${String(address.port)}`
}
