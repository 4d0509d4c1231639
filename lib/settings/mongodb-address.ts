// Where MongoDB is, from the settings: the connection string for the driver, and what of it may be shown.
import { isIPv6 } from 'node:net'
import type { Settings } from './settings-table.js'

/** A MongoDB database. */
export interface MongodbAddress {
  /** The connection string, which may hold a password: never to be shown. */
  readonly url: string
  readonly databaseName: string
  /** For messages: hosts and database, such as "192.0.2.5:27017,db2.example.org/tumgreyspf". */
  readonly shown: string
  /** Parts of the connection string that no message may hold. */
  readonly secrets: readonly string[]
}

type StoreSettings = Pick<Settings, 'dbUrl' | 'dbHost' | 'dbPort' | 'databaseName'>

const scheme = /^(mongodb(?:\+srv)?:\/\/)(.*)$/s

/** The database that the settings name; undefined if they name none on MongoDB. */
export function readMongodbAddress(settings: StoreSettings): MongodbAddress | undefined {
  const { dbUrl, dbHost, dbPort, databaseName } = settings
  if (dbUrl !== undefined) {
    if (!scheme.test(dbUrl)) return undefined
    return describe(dbUrl, splitUrl(dbUrl).databaseName ?? databaseName)
  }
  if (dbHost === undefined) return undefined
  const [first = 'localhost'] = dbHost
  // As in the fork, what a connection string has as its path is where the user is known, not where the data is.
  if (scheme.test(first)) return describe(addPorts(first, dbPort), databaseName)
  const hosts = dbHost.map((host) => addPort(isIPv6(host) ? `[${host}]` : host, dbPort))
  return describe(`mongodb://${hosts.join(',')}/`, databaseName)
}

/** The parts of a connection string. One that has "@" or "/" in its password unescaped shows no host at all. */
function splitUrl(url: string): {
  start: string
  userInfo: string
  hosts: string
  databaseName: string | undefined
  rest: string
} {
  const [, start = '', body = ''] = scheme.exec(url) ?? []
  const [, authority = '', rest = ''] = /^([^/?]*)(.*)$/s.exec(body) ?? []
  const at = body.lastIndexOf('@', body.includes('?') ? body.indexOf('?') : undefined)
  const isAmbiguous = at > authority.length
  const userInfo = body.slice(0, Math.max(at, 0))
  const hosts = isAmbiguous ? '' : authority.slice(at + 1)
  const path = isAmbiguous ? undefined : /^\/([^?]+)/.exec(rest)?.[1]
  return { start, userInfo, hosts, databaseName: path === undefined ? undefined : decode(path), rest }
}

function describe(url: string, databaseName: string): MongodbAddress {
  const { userInfo, hosts } = splitUrl(url)
  const isPlain = /^[\w.:,[\]%-]+$/.test(hosts)
  const password = userInfo.slice(userInfo.indexOf(':') + 1)
  const secrets = [url, userInfo, decode(userInfo), password, decode(password)]
  return {
    url,
    databaseName,
    shown: `${isPlain ? decode(hosts) : '(unreadable host)'}/${databaseName}`,
    secrets: [...new Set(secrets)].filter((secret) => secret !== ''),
  }
}

/** As in the fork, the port is for those hosts that have none. */
function addPorts(url: string, port: number | undefined): string {
  const { start, userInfo, hosts, rest } = splitUrl(url)
  if (hosts === '' || start !== 'mongodb://') return url
  const withPorts = hosts.split(',').map((host) => addPort(host, port))
  return `${start}${userInfo === '' ? '' : `${userInfo}@`}${withPorts.join(',')}${rest}`
}

function addPort(host: string, port: number | undefined): string {
  const hasPort = /(?:^[^[].*|\]):\d+$/.test(host)
  return port === undefined || hasPort ? host : `${host}:${String(port)}`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
