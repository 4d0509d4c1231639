import { readdirSync } from 'node:fs'
import t from 'tap'
import type { Options } from 'yargs'
import type { Command } from '../../../lib/cli/run-tool.js'
import { callCommand } from '../../helpers/run-command.js'

type AnyCommand = Command<Record<string, Options>>

for (const file of readdirSync('lib/cli/commands').filter((name) => name !== 'tumgreyspf.ts')) {
  const name = file.replace('.ts', '')
  t.test(`the help of tumgreyspf-${name}`, async (t) => {
    const module = (await import(`../../../lib/cli/commands/${name}.js`)) as Record<string, AnyCommand>
    const command = module[`${name}Command`]
    if (command === undefined) throw new Error('no command')
    const { definition } = command
    const { status, stdout, stderr } = await callCommand(command, ['--help'])
    t.same([status, stderr], [0, ''])
    const lines = stdout.split('\n')
    t.equal(lines[0], `usage: ${definition.name} ${definition.usage}`)
    for (const [example, meaning] of definition.examples) {
      const line = `  ${example.replace('$0', definition.name)}`
      t.ok(lines.includes(line), `whole: ${line}`)
      t.ok(stdout.replaceAll(/\s+/g, ' ').includes(meaning), meaning)
    }
    t.notMatch(stdout, /\[(?:boolean|string|default)/)
    for (const line of lines.slice(1).filter((text) => !text.startsWith('  tumgreyspf-')))
      t.ok(line.length <= 100, `at most 100 columns: ${line}`)
    for (const option of Object.keys(definition.options))
      t.match(stdout, new RegExp(`^ {2}.{4}--${option} `, 'm'))
  })
}
