// Walks all pages of an LMDB file that are in use, and tells what LMDB would stumble over. What the records say is not
// looked at. Nobody may commit meanwhile.
import {
  pageHeaderLength,
  read16,
  read32,
  read64,
  type LmdbMeta,
  type LmdbPages,
  type LmdbTree,
} from './lmdb-pages.js'

/** What a page's flags say of its kind. */
const pageKinds = { branch: 0x01, leaf: 0x02, overflow: 0x04 } as const
/** All flags but that for values in pages of their own, which may be left from the transaction. */
const kindMask = 0xdfff
const nodeHeaderLength = 8
/** The value of a node is in pages of its own; the node has their number, their transaction and how many they are. */
const overflowFlag = 0x01
const overflowLength = 24
/** LMDB follows no tree that is deeper. */
const greatestDepth = 32

/** A value in pages of its own, as its node has it. */
interface Overflow {
  readonly page: number
  readonly pageCount: number
  readonly valueLength: number
}

class Damage extends Error {}

/** What is wrong, undefined if the file is sound. @throws Error if it cannot be read */
export function findLmdbDamage(pages: LmdbPages, meta: LmdbMeta): string | undefined {
  try {
    const walk = new Walk(pages, meta)
    walk.checkTree(meta.free, true)
    walk.checkTree(meta.records, false)
    return undefined
  } catch (error) {
    if (error instanceof Damage) return error.message
    throw error
  }
}

class Walk {
  readonly #seen: Uint8Array

  constructor(
    readonly pages: LmdbPages,
    readonly meta: LmdbMeta,
  ) {
    // More pages than bytes, and the memory for them would have no bound.
    if (meta.lastPage > pages.length) throw new Damage('its first pages are broken')
    this.#seen = new Uint8Array(meta.lastPage + 1)
  }

  /** Level by level, and each in order of the page numbers: the disk is read from start to end. */
  checkTree({ root, depth, entryCount }: LmdbTree, isFreeTree: boolean): void {
    if (root === undefined) return
    if (depth < 1 || depth > greatestDepth) throw new Damage('its first pages are broken')
    const overflows: Overflow[] = []
    let entries = 0
    let level = [root]
    for (let height = depth; height > 0; height -= 1) {
      const isLeaf = height === 1
      const below: number[] = []
      for (const number of level.sort((a, b) => a - b)) {
        const page = this.#open(number, isLeaf ? 'leaf' : 'branch')
        const count = this.#countNodes(page, number, isLeaf || isFreeTree ? 1 : 2)
        let room = page.byteLength - nodesStart(page)
        for (let index = 0; index < count; index += 1) {
          const node = pageHeaderLength + read16(page, pageHeaderLength + 2 * index)
          if (node < nodesStart(page) || node + nodeHeaderLength > page.byteLength) throw brokenPage(number)
          const keyEnd = node + nodeHeaderLength + read16(page, node + 6)
          const flags = read16(page, node + 4)
          let end = keyEnd
          if (isLeaf) end += (flags & overflowFlag) === 0 ? read32(page, node) : overflowLength
          if (end > page.byteLength || (isLeaf && flags > overflowFlag)) throw brokenPage(number)
          room -= end - node + ((end - node) & 1)
          if (!isLeaf) below.push(read32(page, node) + flags * 2 ** 32)
          else if (flags === 0) {
            if (isFreeTree) checkPageList(page, keyEnd, end - keyEnd, number)
          } else
            overflows.push({
              page: read64(page, keyEnd),
              pageCount: read64(page, keyEnd + 16),
              valueLength: read32(page, node),
            })
        }
        // LMDB leaves no gaps between nodes.
        if (room !== 0) throw brokenPage(number)
        if (isLeaf) entries += count
      }
      level = below
    }
    for (const overflow of overflows.sort((a, b) => a.page - b.page))
      this.#checkOverflow(overflow, isFreeTree)
    if (entries !== entryCount)
      throw new Damage(`${String(entries)} records are there of ${String(entryCount)}`)
  }

  #checkOverflow({ page: number, pageCount, valueLength }: Overflow, isFreeTree: boolean): void {
    const { pageLength, lastPage } = this.meta
    const page = this.#open(number, 'overflow')
    if (
      read32(page, 20) !== pageCount ||
      number + pageCount - 1 > lastPage ||
      (number + pageCount) * pageLength > this.pages.length ||
      pageHeaderLength + valueLength > pageCount * pageLength
    )
      throw brokenPage(number)
    if (isFreeTree) checkPageList(page, pageHeaderLength, valueLength, number)
  }

  /** A page of the given kind, seen for the first time. */
  #open(number: number, kind: keyof typeof pageKinds): DataView {
    const { pageLength, lastPage, transaction } = this.meta
    if (number < 2 || number > lastPage) throw new Damage(`page ${String(number)} is named and cannot be`)
    if (this.#seen[number] !== 0) throw new Damage(`page ${String(number)} is named twice`)
    this.#seen[number] = 1
    const page = this.pages.readPage(number, pageLength)
    if (page.byteLength < pageLength) throw new Damage(`page ${String(number)} is missing`)
    const isWhole =
      read64(page, 0) === number &&
      read64(page, 8) <= transaction &&
      (read16(page, 18) & kindMask) === pageKinds[kind]
    if (!isWhole) throw brokenPage(number)
    return page
  }

  #countNodes(page: DataView, number: number, least: number): number {
    const pointersEnd = read16(page, 20)
    const count = pointersEnd >> 1
    const isWhole = pageHeaderLength + pointersEnd <= nodesStart(page) && nodesStart(page) <= page.byteLength
    if (!isWhole || count < least) throw brokenPage(number)
    return count
  }
}

/** Where the nodes of a page begin; its pointers are before them. */
function nodesStart(page: DataView): number {
  return pageHeaderLength + read16(page, 22)
}

/** A list of free pages begins with how many it names. */
function checkPageList(page: DataView, offset: number, length: number, number: number): void {
  if (length < 8 || (read64(page, offset) + 1) * 8 > length) throw brokenPage(number)
}

function brokenPage(number: number): Damage {
  return new Damage(`page ${String(number)} is broken`)
}
