// Our own lines in a mail log (CONTRACT, "Log lines"), strictly: what others wrote, or made of ours, is no line of ours.
import { unknownValue } from '../log/escape.js'
import type { RequestLineTitle } from '../log/request-line.js'
import type { SpfResult } from '../spf/check-host.js'

/** The values that each line about a request has; undefined where the line has <UNKNOWN>. */
export interface RequestValues {
  readonly clientAddress: string | undefined
  readonly heloName: string | undefined
  readonly sender: string | undefined
  readonly recipient: string | undefined
  readonly queueId: string | undefined
}

/** An SPF result as a line has it. */
export interface LoggedSpf {
  readonly identity: 'mailfrom' | 'helo'
  readonly result: SpfResult
  /** What is wrong, for the two kinds of errors. */
  readonly reason: string
}

/** One line about one request. */
export interface LogRecord {
  readonly values: RequestValues
  /** What the line says: a title, or an SPF result. */
  readonly said: RequestLineTitle | LoggedSpf
}

/** The parts of a line before the message. */
export interface LogLine {
  readonly stamp: string
  /** Host and process that wrote it. */
  readonly writer: string
  readonly message: string
}

const ident = 'tumgreyspf['
const linePattern =
  /^(?:<\d{1,3}>)?(\d{4}-\d\d-\d\dT\S{8,40}|[A-Z][a-z]{2} [ \d]\d [\d:.]{8,20}) (\S{1,255} tumgreyspf\[\d{1,10}\]): ([^\n]*)$/

const titles: readonly RequestLineTitle[] = [
  'Initial greylisting',
  'Pending greylisting',
  'Allowed greylisting',
  'Training greylisting',
  'Blackholed',
  'Whitelisted (spf check)',
  'Whitelisted (greylist check)',
]
const results: readonly SpfResult[] = [
  'none',
  'neutral',
  'pass',
  'softfail',
  'fail',
  'permerror',
  'temperror',
]
const spfTitles = results.map((result) => `SPF ${result} (`)

/** Logs of a month name the same addresses again and again; a part of a line would keep the whole line in memory. */
const knownTexts = new Map<string, string>()
const maximumTexts = 1_000_000

const quoted = String.raw`"((?:[^"\\]|\\.)*)"`
const valuesPattern = new RegExp(
  `^REMOTEIP=${quoted} HELO=${quoted} SENDER=${quoted} RECIPIENT=${quoted} QUEUEID=${quoted}$`,
)
const spfValuesPattern = new RegExp(
  `^QUEUE_ID=${quoted}; identity=(mailfrom|helo); client-ip=([^; ]*); helo=([^; ]*); envelope-from=([^; ]*); receiver=([^; ]*);$`,
)

/** The parts of a line that one of our processes wrote; undefined for a line of others. */
export function splitLogLine(line: string): LogLine | undefined {
  if (!line.includes(ident)) return undefined
  const found = linePattern.exec(line)
  if (found === null) return undefined
  const [, stamp = '', writer = '', message = ''] = found
  return { stamp, writer, message }
}

/** Whether a line that is none of ours has the text of one: quoted by others, or with a stamp of an unknown form. */
export function quotesLogLine(line: string): boolean {
  const start = line.indexOf(ident)
  if (start < 0) return false
  const message = line.slice(line.indexOf(']: ', start) + 3)
  return isAboutRequest(message)
}

/**
 * Reads a message about a request; "other" for a message about something else, "broken" for one that is cut or that
 * is not as we write them.
 */
export function parseMessage(message: string): LogRecord | 'other' | 'broken' {
  const title = titles.find((one) => message.startsWith(`${one}: `))
  if (title !== undefined) {
    const found = valuesPattern.exec(message.slice(title.length + 2))
    if (found === null) return 'broken'
    const [, clientAddress, heloName, sender, recipient, queueId] = found.map(readValue)
    return { values: { clientAddress, heloName, sender, recipient, queueId }, said: title }
  }
  const result = results.find((_, index) => message.startsWith(spfTitles[index] ?? ''))
  if (result !== undefined) return parseSpfMessage(message, result)
  return isAboutRequest(message) ? 'broken' : 'other'
}

function parseSpfMessage(message: string, result: SpfResult): LogRecord | 'broken' {
  // The reason may hold what a client sent; the values after it are escaped and cannot hold this.
  const end = message.lastIndexOf('): QUEUE_ID="')
  const found = end < 0 ? null : spfValuesPattern.exec(message.slice(end + 3))
  if (found === null) return 'broken'
  const [, queueId, identity, clientAddress, heloName, sender, recipient] = found.map(readValue)
  // Only errors are told apart by their reasons.
  const reason = result.endsWith('error') ? copyText(message.slice(`SPF ${result} (`.length, end)) : ''
  return {
    values: { clientAddress, heloName, sender, recipient, queueId },
    said: { identity: identity === 'helo' ? 'helo' : 'mailfrom', result, reason },
  }
}

/** Whether it starts as one of our lines, or is the start of one. */
function isAboutRequest(message: string): boolean {
  return [...titles, ...spfTitles].some(
    (title) => message.startsWith(title) || (message !== '' && title.startsWith(message)),
  )
}

/** Takes back what log/escape.ts did. */
function readValue(value: string): string | undefined {
  if (value === unknownValue) return undefined
  const known = knownTexts.get(value)
  if (known !== undefined) return known
  if (knownTexts.size >= maximumTexts) knownTexts.clear()
  const copy = copyText(value)
  const text = value.includes('\\') ? unescapeValue(copy) : copy
  knownTexts.set(copy, text)
  return text
}

/** Gives the memory of the texts back that no record has, once the logs are read. */
export function forgetTexts(): void {
  knownTexts.clear()
}

/** A text of its own; UTF-16 keeps lone surrogates, and takes twice the memory. */
function copyText(text: string): string {
  const encoding = /[^\x00-\xff]/.test(text) ? 'utf16le' : 'latin1'
  return Buffer.from(text, encoding).toString(encoding)
}

function unescapeValue(value: string): string {
  return value.replace(
    /\\(?:x([0-9a-f]{2})|u\{([0-9a-f]{1,6})\}|(.))/gs,
    (whole, byte: string | undefined, code: string | undefined, character: string | undefined) => {
      if (character !== undefined) return character
      const number = parseInt(byte ?? code ?? '', 16)
      if (byte !== undefined) return String.fromCharCode(number < 0x80 ? number : 0xdc00 + number)
      return number <= 0x10ffff ? String.fromCodePoint(number) : whole
    },
  )
}
