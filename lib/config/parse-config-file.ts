// One file of the config directories: NAME = VALUE lines to values. A line that cannot be used is reported and
// skipped; the rest of the file counts.
import { quoteValue } from '../log/escape.js'
import { FirstMessages } from '../log/first-messages.js'
import { checkerNames, configDirectoryNames } from '../settings/settings-table.js'
import type { MessageSettings } from './message-settings.js'

/** The values that a file sets. */
export type ConfigValues = Partial<MessageSettings>

/** A file's values, and its faults as log lines with file and line number. */
export interface ParsedConfigFile {
  readonly values: ConfigValues
  readonly faults: readonly string[]
}

/** Where a value stands and where to report what is wrong with it. */
type Report = (message: string) => void
type ReadValue = (text: string, report: Report) => ConfigValues | undefined

/** The names that a file may set, each with the reader of its value. */
export const configValueReaders: ReadonlyMap<string, ReadValue> = new Map([
  ['SPFSEEDONLY', flag('SPFSEEDONLY', (isSpfSeedOnly) => ({ isSpfSeedOnly }))],
  ['GREYLISTTIME', readGreylistTime],
  ['CHECKERS', (text, report) => ({ checkers: readNames(text, checkerNames, report) })],
  ['OTHERCONFIGS', (text, report) => ({ otherConfigs: readNames(text, configDirectoryNames, report) })],
  ['GREYLISTEXPIREDAYS', readExpireDays],
  ['GREYLISTBYSPF', flag('GREYLISTBYSPF', (greylistBySpf) => ({ greylistBySpf }))],
  ['GREYLISTBYMESSAGE', flag('GREYLISTBYMESSAGE', (greylistByMessage) => ({ greylistByMessage }))],
  ['NORMALIZESENDERS', flag('NORMALIZESENDERS', (normalizeSenders) => ({ normalizeSenders }))],
  ['AUTOWHITELISTCOUNT', readAutoWhitelistCount],
])

/** Parses the text of one file; `path` appears in the messages. */
export function parseConfigFile(text: string, path: string): ParsedConfigFile {
  let values: ConfigValues = {}
  const faults = new FirstMessages()
  text.split('\n').forEach((line, index) => {
    const statement = (line.split('#', 1)[0] ?? '').trim()
    if (statement === '') return
    const report: Report = (message) => {
      faults.add(`config: ${path}:${String(index + 1)}: ${message}`)
    }
    const equals = statement.indexOf('=')
    const name = statement.slice(0, Math.max(equals, 0)).trim()
    const read = configValueReaders.get(name)
    if (equals < 0) report(`expected NAME = VALUE, got ${quoteValue(statement)}`)
    else if (read === undefined)
      report(`unknown name ${quoteValue(name)}, expected ${[...configValueReaders.keys()].join(', ')}`)
    else values = { ...values, ...read(statement.slice(equals + 1).trim(), report) }
  })
  return { values, faults: faults.list((count) => `config: ${path}: ${count} more errors`) }
}

function flag(name: string, toValues: (isSet: boolean) => ConfigValues): ReadValue {
  return (text, report) => {
    if (text === '0' || text === '1') return toValues(text === '1')
    report(`${name}: expected 0 or 1, got ${quoteValue(text)}`)
    return undefined
  }
}

function readGreylistTime(text: string, report: Report): ConfigValues | undefined {
  const seconds = Number(text)
  if (/^\d{1,9}$/.test(text) && seconds <= 86_400) return { greylistTime: seconds }
  report(`GREYLISTTIME: expected whole seconds from 0 to 86400, got ${quoteValue(text)}`)
  return undefined
}

function readExpireDays(text: string, report: Report): ConfigValues | undefined {
  const days = Number(text)
  if (/^(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})$/.test(text) && days > 0 && days <= 36_500)
    return { greylistExpireDays: days }
  report(`GREYLISTEXPIREDAYS: expected days, a number above 0 and up to 36500, got ${quoteValue(text)}`)
  return undefined
}

function readAutoWhitelistCount(text: string, report: Report): ConfigValues | undefined {
  const count = Number(text)
  if (/^\d{1,4}$/.test(text) && count <= 1_000) return { autoWhitelistCount: count }
  report(`AUTOWHITELISTCOUNT: expected a whole number from 0 (never) to 1000, got ${quoteValue(text)}`)
  return undefined
}

/** A list with commas; empty names do not count, unknown ones are reported and do not count. */
function readNames<Name extends string>(text: string, known: readonly Name[], report: Report): Name[] {
  const found = new Set<Name>()
  for (const part of text.split(',')) {
    const wanted = part.trim().toLowerCase()
    if (wanted === '') continue
    const name = known.find((candidate) => candidate === wanted)
    if (name === undefined) report(`unknown name ${quoteValue(part.trim())}, expected ${known.join(', ')}`)
    else found.add(name)
  }
  return [...found]
}
