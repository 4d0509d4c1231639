// The pages of an LMDB file, read without LMDB: what would take the process down with it is found and told here. The
// format is that of liblmdb's mdb.c as lmdb-js has it (data version 2; MDB_page, MDB_meta, MDB_db).
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { endianness } from 'node:os'

/** The header of a page. Pointers to nodes count from its end. */
export const pageHeaderLength = 24
const isLittleEndian = endianness() === 'LE'
const magic = 0xbeefc0de
const dataVersion = 2
/** Where the two trees, the last page and the transaction stand in a meta page. */
const treesOffset = pageHeaderLength + 24
const treeLength = 48
const lastPageOffset = treesOffset + 2 * treeLength
const metaLength = lastPageOffset + 16
const shortestPage = 4_096
const longestPage = 65_536
/** So much is read at once; a multiple of every page's length. */
const pieceLength = 1_048_576

/** One of the two trees of a file, that of the free pages or that of the records. */
export interface LmdbTree {
  /** Undefined if it is empty. */
  readonly root: number | undefined
  readonly depth: number
  readonly entryCount: number
}

/** The state that the last commit left. */
export interface LmdbMeta {
  /** The number of the transaction that it was. */
  readonly transaction: number
  readonly pageLength: number
  readonly lastPage: number
  readonly free: LmdbTree
  readonly records: LmdbTree
}

/** A number of 16 bits. */
export function read16(page: DataView, offset: number): number {
  return page.getUint16(offset, isLittleEndian)
}

/** A number of 32 bits. */
export function read32(page: DataView, offset: number): number {
  return page.getUint32(offset, isLittleEndian)
}

/** A number of 64 bits; not exact where it is greater than any file is long. */
export function read64(page: DataView, offset: number): number {
  const [low, high] = isLittleEndian ? [0, 4] : [4, 0]
  return read32(page, offset + low) + read32(page, offset + high) * 2 ** 32
}

/** A file that is open for reading. */
export class LmdbPages {
  readonly #file: number
  /** One for all pieces: a big file would leave hundreds behind. */
  #bytes: Uint8Array<ArrayBuffer> | undefined
  #piece: DataView | undefined
  #pieceStart = 0
  /** How long the file is, in bytes. */
  readonly length: number

  /** @throws Error if it cannot be opened */
  constructor(path: string) {
    // Whoever put a pipe in its place could make us wait for ever.
    this.#file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = fstatSync(this.#file)
    if (!stats.isFile()) {
      closeSync(this.#file)
      throw new Error('data.mdb: expected a file')
    }
    this.length = stats.size
  }

  /** The newer of the two meta pages, or what is wrong with the file if it does not begin with two. */
  readMeta(): LmdbMeta | string {
    const first = this.#read(0, 2 * shortestPage)
    if (first.byteLength < metaLength || read32(first, pageHeaderLength) !== magic)
      return isAllZero(first) ? 'is empty inside' : 'is damaged: it does not begin as LMDB files do'
    if ((read32(first, pageHeaderLength + 4) & 0xffff) !== dataVersion)
      throw new Error('the file is of another version of LMDB')
    const pageLength = read32(first, treesOffset)
    // Page numbers are asked for with this length, so it must be one.
    if (pageLength < shortestPage || pageLength > longestPage || pieceLength % pageLength !== 0)
      return 'is damaged: its first page is broken'
    const second =
      pageLength === shortestPage && first.byteLength >= shortestPage + metaLength
        ? new DataView(first.buffer, shortestPage)
        : this.#read(pageLength, metaLength)
    const isWhole =
      second.byteLength >= metaLength &&
      read32(second, pageHeaderLength) === magic &&
      read32(second, treesOffset) === pageLength
    if (!isWhole) return 'is damaged: its second page is broken'
    const [one, two] = [first, second].map((page) => read64(page, lastPageOffset + 8)) as [number, number]
    const newer = one >= two ? first : second
    return {
      transaction: Math.max(one, two),
      pageLength,
      lastPage: read64(newer, lastPageOffset),
      free: readTree(newer, treesOffset),
      records: readTree(newer, treesOffset + treeLength),
    }
  }

  /** A page until the next is asked for, cut off where the file ends. Pages in order of their numbers are read fastest. */
  readPage(number: number, pageLength: number): DataView {
    const position = number * pageLength
    const start = position - (position % pieceLength)
    if (this.#piece === undefined || start !== this.#pieceStart) {
      this.#bytes ??= new Uint8Array(pieceLength)
      this.#piece = this.#readInto(this.#bytes, start)
      this.#pieceStart = start
    }
    const offset = Math.min(position - start, this.#piece.byteLength)
    return new DataView(this.#piece.buffer, offset, Math.min(pageLength, this.#piece.byteLength - offset))
  }

  close(): void {
    closeSync(this.#file)
  }

  #read(position: number, length: number): DataView {
    return this.#readInto(new Uint8Array(length), position)
  }

  #readInto(bytes: Uint8Array<ArrayBuffer>, position: number): DataView {
    return new DataView(bytes.buffer, 0, readSync(this.#file, bytes, 0, bytes.length, position))
  }
}

function readTree(page: DataView, offset: number): LmdbTree {
  // P_INVALID, which no page number reaches.
  const isEmpty = read64(page, offset + 40) >= 2 ** 63
  return {
    root: isEmpty ? undefined : read64(page, offset + 40),
    depth: read16(page, offset + 6),
    entryCount: read64(page, offset + 32),
  }
}

function isAllZero(bytes: DataView): boolean {
  return new Uint8Array(bytes.buffer, 0, bytes.byteLength).every((byte) => byte === 0)
}
