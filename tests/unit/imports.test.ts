// No file of lib/ imports itself by way of others, so that each can be read and tested after those that it needs.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'

const files = readdirSync('lib', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  .map((name) => join('lib', name))

const imports = new Map(
  files.map((file): [string, string[]] => [
    file,
    [...readFileSync(file, 'utf8').matchAll(/(?:from |import\()'(\.[^']*)\.js'/g)].map(([, path = '']) =>
      join(dirname(file), `${path}.ts`),
    ),
  ]),
)

/** The first way from a file back to one on the way to it. */
function findCircle(file: string, way: readonly string[], done: Set<string>): readonly string[] | undefined {
  if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
  if (done.has(file)) return undefined
  for (const next of imports.get(file) ?? []) {
    const circle = findCircle(next, [...way, file], done)
    if (circle !== undefined) return circle
  }
  done.add(file)
  return undefined
}

t.test('there is no circle of imports', async (t) => {
  t.ok([...imports.values()].flat().length > files.length, 'the imports were found')
  const done = new Set<string>()
  for (const file of files) t.equal(findCircle(file, [], done), undefined, file)
})
