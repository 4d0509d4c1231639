// Every regular expression of the programs, taken from the sources by their own parser: whatever a line of the longest
// kind holds, it is done in a moment. That each is linear is what the check proves (eslint-plugin-regexp); this tries it
// on the machine as it is, with what leads such expressions astray.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import ts from 'typescript'
import { maximumLineLength } from '../../lib/policy/request-reader.js'
import { holds, must } from '../helpers/properties.js'

interface Expression {
  readonly place: string
  readonly source: string
  readonly flags: string
}

const expressions = ['bin', 'lib'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => findExpressions(join(folder, name))),
)

function findExpressions(path: string): Expression[] {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest)
  const found: Expression[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/')
      found.push({ place: path, source: node.text.slice(1, end), flags: node.text.slice(end + 1) })
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** The longest text that it is tried on; what is not linear takes seconds with it, what is, less than a millisecond. */
const longest = maximumLineLength
const patienceMilliseconds = 1_000

/** What an expression has in it is what it can be led astray with. */
function piecesOf({ source }: Expression): string[] {
  const literal = source.replace(/\\[dwsbpPDWSBuxk]|[^\w@./:=%#"\\ -]/g, '')
  return [
    ...new Set([
      ...Array.from(literal),
      literal,
      'a',
      '0',
      ' ',
      '.',
      '%',
      '%{',
      '=',
      '\\',
      '"',
      'a.',
      'a-',
      '0.',
      '::',
    ]),
  ].filter((piece) => piece !== '')
}

function milliseconds({ source, flags }: Expression, text: string): number {
  const expression = new RegExp(source, flags)
  const start = performance.now()
  if (expression.global) text.replace(expression, '')
  else expression.test(text)
  return performance.now() - start
}

t.test('there are expressions to try', async (t) => {
  t.ok(expressions.length > 100, String(expressions.length))
  t.ok(expressions.some(({ source }) => source.startsWith('^v=spf1')))
})

t.test('none takes more than a moment for a line of one piece, over and over', async (t) => {
  for (const expression of expressions)
    for (const piece of piecesOf(expression))
      for (const [start, end] of [
        ['', ''],
        ['', '\0'],
        ['"', '\n'],
        ['a=', '\u00fc'],
      ] as const) {
        const text = start + piece.repeat(Math.ceil(longest / piece.length)) + end
        const taken = milliseconds(expression, text)
        if (taken > patienceMilliseconds)
          t.fail(`${expression.place}: /${expression.source}/`, { piece, end, taken })
      }
  t.pass(`${String(expressions.length)} expressions`)
})

t.test('none takes more than a moment for a line of several pieces', (t) =>
  holds(
    t,
    'lines',
    fc.property(
      fc.constantFrom(...expressions).chain((expression) => {
        const piece = fc.constantFrom(...piecesOf(expression))
        return fc.tuple(fc.constant(expression), piece, piece, piece, fc.nat({ max: longest }))
      }),
      ([expression, one, other, last, at]) => {
        const text = one.repeat(at).slice(0, at) + other.repeat(longest).slice(0, longest - at) + last
        const taken = milliseconds(expression, text)
        must(taken <= patienceMilliseconds, `${expression.place}: milliseconds:`, taken)
      },
    ),
    1_000,
  ),
)
