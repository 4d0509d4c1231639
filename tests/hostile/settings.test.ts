// Settings files and files of the config directories, whatever stands in them: values of the right kind or errors with
// their place, each on one line; what is written in Python's syntax is read as it was meant.
import fc from 'fast-check'
import t from 'tap'
import { defaultMessageSettings } from '../../lib/config/message-settings.js'
import { configNames, parseConfigFile } from '../../lib/config/parse-config-file.js'
import { readLiteral, type Literal } from '../../lib/settings/literal.js'
import { Scanner } from '../../lib/settings/scanner.js'
import { ParseError } from '../../lib/system/parse-error.js'
import { readMongodbAddress } from '../../lib/stores/mongodb/mongodb-address.js'
import { parseSettings } from '../../lib/settings/parse-settings.js'
import { checkerNames, defaultSettings, settingsTable } from '../../lib/settings/settings-table.js'
import { hostileText, objectNames } from '../helpers/hostile-values.js'
import { holds, must } from '../helpers/properties.js'

const names = fc.constantFrom(...Object.keys(settingsTable), ...objectNames, 'greylistTme')

type Value = string | number | boolean | null | readonly Value[]
const { value: pythonValue } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(true, false, null),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
  ),
}))

/** In Python's syntax; strings with an escape for each odd character. */
function writePython(value: Value): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return Object.is(value, -0) ? '-0.0' : String(value)
  if (typeof value === 'string')
    return `'${value.replace(/[^ !#-&(-[\]-~]/gu, (character) => {
      const code = character.codePointAt(0) ?? 0
      return code < 0x100
        ? `\\x${code.toString(16).padStart(2, '0')}`
        : `\\U${code.toString(16).padStart(8, '0')}`
    })}'`
  return `[${value.map((item) => `${writePython(item)},\n`).join('')}]`
}

function readBack({ value }: Literal): Value {
  return typeof value !== 'object' || value === null
    ? value
    : 'word' in value
      ? value.word
      : value.map(readBack)
}

t.test('a value in Python’s syntax is read as it was meant', (t) =>
  holds(
    t,
    'values',
    fc.property(pythonValue, (value) => {
      const read = readBack(readLiteral(new Scanner(writePython(value))))
      must(JSON.stringify(read) === JSON.stringify(value), 'another value:', read)
    }),
  ),
)

t.test('any value is read or refused with its position', (t) =>
  holds(
    t,
    'values',
    fc.property(fc.oneof(hostileText, pythonValue.map(writePython)), fc.nat(), (text, end) => {
      const reader = new Scanner(text.slice(0, end % (text.length + 1)))
      try {
        readLiteral(reader)
      } catch (error) {
        must(error instanceof ParseError, 'another error:', String(error))
        must(
          error instanceof ParseError && error.position.line >= 1 && error.position.column >= 1,
          'no position',
        )
      }
    }),
  ),
)

const statement = fc.oneof(
  fc
    .tuple(names, fc.oneof(pythonValue.map(writePython), hostileText))
    .map(([name, value]) => `${name} = ${value}`),
  hostileText,
)

t.test('a settings file gives every setting, and its errors a line each', (t) =>
  holds(
    t,
    'files',
    fc.property(fc.array(statement, { maxLength: 5 }), (statements) => {
      const { settings, errors, warnings, givenNames } = parseSettings(statements.join('\n'), 'FILE')
      must(
        Object.keys(settings).join() === Object.keys(defaultSettings).join(),
        'names:',
        Object.keys(settings),
      )
      must(Object.getPrototypeOf(settings) === Object.prototype, 'another prototype')
      must(
        settings.checkers.every((name) => checkerNames.includes(name)),
        'checkers:',
        settings.checkers,
      )
      must(
        givenNames.every((name) => Object.hasOwn(settingsTable, name)),
        'given:',
        givenNames,
      )
      for (const line of [...errors, ...warnings]) {
        must(/^settings: FILE:\d+:\d+: \P{Cc}+$/u.test(line), 'a line:', line)
        must(line.length < 2_000, 'a long line:', line.length)
        must(!/function|\[object|native code/.test(line), 'an object’s own name:', line)
      }
      const address = readMongodbAddress(settings)
      must(address?.shown.includes('@') !== true, 'a password:', address?.shown)
    }),
    1_000,
  ),
)

t.test('names that every object has are unknown settings and values', async (t) => {
  for (const name of [...objectNames, ...objectNames.map((word) => word.toLowerCase())]) {
    t.match(parseSettings(`${name} = 1`, 'F').warnings, [`settings: F:1:1: unknown setting "${name}"`])
    t.same(parseSettings(`debugLevel = ${name}`, 'F').errors, [
      `settings: F:1:14: debugLevel: expected a whole number from 0 (verdicts only) to 4 (everything), got "${name}"`,
    ])
  }
})

t.test('a file of the config directories gives values of the right kind, and its errors a line each', (t) =>
  holds(
    t,
    'files',
    fc.property(
      fc.array(
        fc.oneof(
          fc
            .tuple(fc.constantFrom(...configNames.keys(), ...objectNames), hostileText)
            .map(([name, value]) => `${name} = ${value}`),
          hostileText,
        ),
        { maxLength: 5 },
      ),
      (lines) => {
        const text = lines.join('\n')
        const { values, errors } = parseConfigFile(text, 'FILE')
        const known = Object.keys(defaultMessageSettings(defaultSettings))
        must(
          Object.keys(values).every((name) => known.includes(name)),
          'names:',
          Object.keys(values),
        )
        must(Number.isInteger(values.greylistTime ?? 0), 'seconds:', values.greylistTime)
        must(errors.length <= 1 + text.split(/[\n,]/).length, 'more errors than lines')
        for (const error of errors) must(/^config: FILE:\d+: \P{Cc}+$/u.test(error), 'a line:', error)
      },
    ),
    1_000,
  ),
)

t.test('a big file takes time in proportion to its length', async (t) => {
  const million = 1_000_000
  for (const start of [
    "a = '",
    'a = [',
    'a = """',
    '[',
    '(',
    "'",
    'a = \\\n',
    'a = 1 2\n',
    'a\n',
    '#',
    '0',
    'a = ['.repeat(3),
  ])
    parseSettings(start.repeat(Math.ceil(million / start.length)), 'FILE')
  for (const start of ['#', '=', 'CHECKERS = a,', 'CHECKERS = \n', ' ', ','])
    parseConfigFile(start.repeat(Math.ceil(million / start.length)), 'FILE')
  t.pass('done before the test’s own time was up')
})
