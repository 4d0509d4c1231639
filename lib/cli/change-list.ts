// Adds to, removes from and lists what a store keeps in lists, and says what has changed.
import type { ListAction } from './list-operands.js'
import type { Tool } from './tool.js'

/** One list of a store. */
export interface StoredList<Value> {
  /** As messages name it: "greylist". */
  readonly name: string
  readonly format: (value: Value) => string
  readonly add: (value: Value) => Promise<boolean>
  readonly remove: (value: Value) => Promise<boolean>
  readonly items: () => AsyncIterable<Value>
}

/** So many lines are written at once. */
const linesPerWrite = 1_000

/** Does the action; the exit status. Adding what is there is no fault, removing what is not is one. @throws StoreError */
export async function changeList<Value>(
  list: StoredList<Value>,
  action: ListAction,
  values: readonly Value[],
  tool: Tool,
): Promise<number> {
  switch (action) {
    case 'add':
      for (const value of values) {
        const isNew = await list.add(value)
        const text = list.format(value)
        await tool.write(isNew ? `added ${text} to ${list.name}\n` : `${text} is in ${list.name} already\n`)
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
      for await (const value of list.items()) {
        lines.push(`${list.format(value)}\n`)
        if (lines.length < linesPerWrite) continue
        await tool.write(lines.join(''))
        lines = []
      }
      await tool.write(lines.join(''))
      return 0
    }
  }
}
