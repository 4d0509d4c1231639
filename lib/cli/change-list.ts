// Adds to, removes from and shows the lists of a store, and reports the changes.
import { quoteJson } from '../stat/json-values.js'
import type { ListAction } from './list-operands.js'
import type { Tool } from './tool.js'

/** One list of a store. */
export interface StoredList<Value, Item> {
  /** Its name in messages: "greylist". */
  readonly name: string
  readonly format: (value: Value) => string
  readonly add: (value: Value) => Promise<boolean>
  readonly remove: (value: Value) => Promise<boolean>
  readonly items: () => AsyncIterable<Item>
  /** The columns of a line; those at its end that are undefined are left out. */
  readonly toColumns: (item: Item) => readonly (string | undefined)[]
  /** All fields by their names in --json; undefined becomes null. */
  readonly toJson: (item: Item) => Readonly<Record<string, string | number | undefined>>
}

/** Lines written at once. */
const linesPerWrite = 1_000

/** Does the action; returns the exit status. Only removing a missing item is an error. @throws StoreError */
export async function changeList<Value, Item>(
  list: StoredList<Value, Item>,
  action: ListAction,
  values: readonly Value[],
  isJson: boolean,
  tool: Tool,
): Promise<number> {
  switch (action) {
    case 'add':
      for (const value of values) {
        const isNew = await list.add(value)
        const text = list.format(value)
        await tool.write(isNew ? `added ${text} to ${list.name}\n` : `${text} is already in ${list.name}\n`)
      }
      return 0
    case 'remove': {
      let status = 0
      for (const value of values) {
        const text = list.format(value)
        if (await list.remove(value)) await tool.write(`removed ${text} from ${list.name}\n`)
        else {
          tool.report(`${text} is not in ${list.name}`)
          status = 1
        }
      }
      return status
    }
    case 'list': {
      let lines: string[] = []
      for await (const item of list.items()) {
        lines.push(isJson ? formatJson(list.toJson(item)) : formatColumns(list.toColumns(item)))
        if (lines.length < linesPerWrite) continue
        await tool.write(lines.join(''))
        lines = []
      }
      await tool.write(lines.join(''))
      return 0
    }
  }
}

function formatColumns(columns: readonly (string | undefined)[]): string {
  const last = columns.findLastIndex((column) => column !== undefined)
  return `${columns
    .slice(0, last + 1)
    .map((column) => column ?? '-')
    .join('\t')}\n`
}

function formatJson(values: Readonly<Record<string, string | number | undefined>>): string {
  const members = Object.entries(values).map(
    ([name, value]) => `"${name}":${typeof value === 'number' ? String(value) : quoteJson(value)}`,
  )
  return `{${members.join()}}\n`
}
