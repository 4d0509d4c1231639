// The fuzzing itself: it is guided to a fault that chance would not find, says where the input is, and ends at its time.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'

const program = resolve('build/checked/tests/fuzz/fuzz.js')

/** What "make fuzz" runs, in a directory with a target and a source of its own. */
function fuzz(
  t: Test,
  source: string,
  ...args: string[]
): { status: number | null; stderr: string; folder: string } {
  const folder = t.testdir({
    lib: { 'planted.ts': source },
    tests: {
      fuzz: {
        targets: {
          'planted.ts':
            "import { look } from '../../../lib/planted.js'\nexport function fuzz(data: Buffer): void {\n  look(data)\n}\n",
        },
      },
    },
  })
  const { status, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    encoding: 'utf8',
  })
  return { status, stderr, folder }
}

t.test('a fault behind eight bytes is found one by one', async (t) => {
  const word = 'Kx7~q-2Z'
  const nested = Array.from(word).reduceRight(
    (inner, character, index) =>
      `if (data[${String(index)}] === ${String(character.charCodeAt(0))}) {\n${inner}\n}`,
    "throw new Error('found')",
  )
  const { status, stderr, folder } = fuzz(
    t,
    `export function look(data: Buffer): void {\n${nested}\n}\n`,
    ...['--seconds', '100', '--seed', '1'],
  )
  t.equal(status, 1, stderr)
  t.match(stderr, 'planted: Error: found')
  const [file = ''] = readdirSync(join(folder, 'build/fuzz')).filter((name) => !name.endsWith('.js'))
  t.ok(readFileSync(join(folder, 'build/fuzz', file), 'latin1').startsWith(word))
})

t.test('without an error it keeps inputs that cover new paths, and ends', async (t) => {
  const source =
    'export function look(data: Buffer): void {\n  if (data.length > 3 && data[0] === 0x61) data.toString()\n}\n'
  const { status, stderr, folder } = fuzz(t, source, '--seconds', '1', '--keep')
  t.equal(status, 0, stderr)
  const kept = join(folder, 'tests/fuzz/corpus/planted')
  t.ok(readdirSync(kept).some((name) => readFileSync(join(kept, name)).length > 3))
})
