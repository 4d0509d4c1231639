// The inputs that fuzzing has found worth keeping, on each target: see "make fuzz".
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import t from 'tap'

for (const file of readdirSync('tests/fuzz/targets'))
  t.test(`every kept input of ${basename(file, '.ts')}`, async (t) => {
    const name = basename(file, '.ts')
    const { fuzz } = (await import(`./targets/${name}.js`)) as { fuzz: (data: Buffer) => void }
    const folder = join('tests/fuzz/corpus', name)
    const inputs = readdirSync(folder)
    t.ok(inputs.length > 5, `${String(inputs.length)} inputs`)
    for (const input of inputs)
      t.doesNotThrow(() => {
        fuzz(readFileSync(join(folder, input)))
      }, input)
  })
