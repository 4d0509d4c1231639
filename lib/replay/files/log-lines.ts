// The lines of a mail log on disk or standard input, plain or packed with gzip, in steady memory.
import { createReadStream, fstatSync, openSync, readSync } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { describeCause, errorCode } from '../../system/error.js'
import { escapeValue } from '../../log/escape.js'

/** A log to be read. */
export interface LogFile {
  /** As messages name it. */
  readonly name: string
  /** Seconds since 1970; no line was written later. */
  readonly writtenAt: number
  /** In bytes, as it is on disk; 0 for what is no file. */
  readonly length: number
  /** Its device and number; undefined for what is no file. */
  readonly identity: string | undefined
  readonly descriptor: number
  readonly isGzip: boolean
}

/** What other programs pack with, by the first bytes, and what unpacks it. */
const otherPackers: readonly (readonly [magic: string, unpack: string])[] = [
  ['fd377a585a00', 'xzcat'],
  ['28b52ffd', 'zstdcat'],
  ['425a68', 'bzcat'],
]
/** A line of more characters is none of a mail log. */
const longestLine = 1 << 20

/** Opens a log; "-" is standard input. @throws Error */
export function openLogFile(path: string): LogFile {
  const now = Date.now() / 1_000
  if (path === '-')
    return {
      name: 'standard input',
      writtenAt: now,
      length: 0,
      identity: undefined,
      descriptor: 0,
      isGzip: false,
    }
  const name = escapeValue(path)
  try {
    const descriptor = openSync(path, 'r')
    const stats = fstatSync(descriptor)
    if (stats.isDirectory()) throw new Error('expected a file, found a directory')
    // A device may have no end.
    if (!stats.isFile() && !stats.isFIFO()) throw new Error('expected a file or a pipe, found a device')
    if (stats.isFIFO())
      return { name, writtenAt: now, length: 0, identity: undefined, descriptor, isGzip: false }
    const start = Buffer.alloc(6)
    const magic = start.subarray(0, readSync(descriptor, start, 0, start.length, 0)).toString('hex')
    const other = otherPackers.find(([known]) => magic.startsWith(known))
    if (other !== undefined)
      throw new Error(`expected plain text or gzip; try ${other[1]} ${name} | tumgreyspf-replay`)
    return {
      name,
      writtenAt: stats.mtimeMs / 1_000,
      length: stats.size,
      identity: `${String(stats.dev)}:${String(stats.ino)}`,
      descriptor,
      isGzip: magic.startsWith('1f8b'),
    }
  } catch (error) {
    throw new Error(`cannot read ${name}: ${describeCause(error)}`, { cause: error })
  }
}

/** The lines, in batches; a last line without an end too. `onRead` is told the bytes as they are read. @throws Error */
export async function* readLogLines(
  file: LogFile,
  onRead: (bytes: number) => void,
): AsyncGenerator<readonly string[]> {
  const input = createReadStream('', {
    fd: file.descriptor,
    ...(file.length > 0 ? { start: 0 } : {}),
    highWaterMark: 1 << 16,
  })
  input.on('data', (piece) => {
    onRead(piece.length)
  })
  // The error is thrown where the pieces are read.
  const text = file.isGzip ? pipeline(input, createGunzip(), () => undefined) : input
  text.setEncoding('utf8')
  let rest = ''
  try {
    for await (const piece of text) {
      const lines = (rest + String(piece)).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > longestLine) {
        lines.push(rest.slice(0, longestLine))
        rest = ''
      }
      yield lines
    }
  } catch (error) {
    // The numbers of zlib's errors are those of other errors of the system.
    const isZlib = errorCode(error)?.startsWith('Z_') === true
    const cause = isZlib && error instanceof Error ? error.message : describeCause(error)
    throw new Error(`cannot read ${file.name}: ${cause}`, { cause: error })
  }
  if (rest !== '') yield [rest]
}
