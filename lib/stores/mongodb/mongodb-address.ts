// Where MongoDB is, from the settings: the connection string for the driver, and what of it may be shown.
import { isIPv6 } from 'node:net'
import type { Settings } from '../../settings/settings-table.js'

/** A MongoDB database. */
export interface MongodbAddress {
  /** The connection string, which may hold a password: never to be shown. */
  readonly url: string
  readonly databaseName: string
  /** For messages: hosts and database, such as "192.0.2.5:27017,db2.example.org/tumgreyspf". */
  readonly shown: string
  /** Why it cannot be used, in words without anything of it; undefined if it can. */
  readonly error: string | undefined
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

/** The parts of a connection string. */
interface UrlParts {
  readonly start: string
  readonly userInfo: string
  /** Undefined where a password might be among them, since its "@", "/" or "?" is not escaped. */
  readonly hosts: string | undefined
  readonly databaseName: string | undefined
  readonly rest: string
}

function splitUrl(url: string): UrlParts {
  const [, start = '', body = ''] = scheme.exec(url) ?? []
  const [authority = ''] = /^[^/?]*/.exec(body) ?? []
  const rest = body.slice(authority.length)
  const at = body.lastIndexOf('@')
  const path = /^\/([^?]+)/.exec(rest)?.[1]
  return {
    start,
    userInfo: body.slice(0, Math.max(at, 0)),
    hosts: at > authority.length || body.indexOf('@') < at ? undefined : authority.slice(at + 1),
    databaseName: path === undefined ? undefined : decode(path),
    rest,
  }
}

function describe(url: string, databaseName: string): MongodbAddress {
  const { hosts } = splitUrl(url)
  if (hosts === undefined || !/^[\w.:,[\]%-]+$/.test(hosts))
    return { url: '', databaseName: '', shown: '(unreadable address)', error: addressError }
  return { url, databaseName, shown: `${decode(hosts)}/${databaseName}`, error: undefined }
}

const addressError =
  'expected mongodb://[USER:PASSWORD@]HOST[:PORT]/NAME, with "@", "/" and "?" in a password as %40, %2F and %3F'

/** As in the fork, the port is for those hosts that have none. */
function addPorts(url: string, port: number | undefined): string {
  const { start, userInfo, hosts, rest } = splitUrl(url)
  if (hosts === undefined || start !== 'mongodb://') return url
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
