// The words that the tools propose, and the one file through which bash asks for them.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import t from 'tap'
import { addipCommand } from '../../../lib/cli/commands/addip.js'
import { blackholeCommand } from '../../../lib/cli/commands/blackhole.js'
import { statCommand } from '../../../lib/cli/commands/stat.js'
import { entryStates } from '../../../lib/stat/entry-report.js'
import { callCommand } from '../../helpers/run-command.js'

const file = 'dist-config/completion/tumgreyspf'

t.test('options, their values and operands are proposed', async (t) => {
  const stat = async (...words: string[]) =>
    (await callCommand(statCommand, ['--complete', ...words])).stdout.trim().split('\n')
  t.same(await stat('--js'), ['--json'])
  t.same(await stat('--state', ''), entryStates)
  t.same(await stat('--state', 'pe'), ['pending'])
  t.same(await stat('--state', 'pending,ex'), ['pending,expired'])
  t.same(await stat('-c', ''), [''], 'a file is for the shell to propose')
  t.same(await stat(''), [''])
  t.ok((await stat('--json', '-')).includes('--help'))
  const blackhole = async (...words: string[]) =>
    (await callCommand(blackholeCommand, ['--complete', ...words])).stdout.trim().split('\n')
  t.same(await blackhole('-c', 'FILE', ''), ['add', 'remove', 'list'])
  t.same(await blackhole('add', '-c', 'FILE', ''), ['address', 'ip'])
  t.same(await blackhole('add', 'a'), ['address'])
  t.same((await callCommand(addipCommand, ['--complete', ''])).stdout, '\n')
})

t.test('the file is for every tool', async (t) => {
  const tools = readdirSync('bin')
    .map((name) => basename(name, '.ts'))
    .filter((name) => name !== 'tumgreyspf')
    .sort()
  const text = readFileSync(file, 'utf8')
  t.same(text.split('\n')[0], `#compdef ${tools.join(' ')}`)
  const { stdout } = spawnSync('bash', ['-c', `. ${file}; complete -p`], { encoding: 'utf8' })
  t.same([...stdout.matchAll(/ -F _tumgreyspf (\S+)$/gm)].map(([, name]) => name).sort(), tools)
})

t.test('bash proposes what the tool does', async (t) => {
  const script = `. ${file}
    COMP_WORDS=("$1" "\${@:2}"); COMP_CWORD=$(($# - 1))
    _tumgreyspf "$1"
    printf '%s\\n' "\${COMPREPLY[@]}"`
  const propose = (...words: string[]) =>
    spawnSync('bash', ['-c', script, 'bash', 'build/bin/tumgreyspf-stat.js', ...words], { encoding: 'utf8' })
      .stdout
  t.equal(propose('--state', 'p'), 'pending\npassed\n')
  t.equal(propose('--json', '--cl'), '--client\n')
  t.equal(propose('--html', ''), '\n')
})
