// The words that the tools propose, and the one file through which bash and zsh ask for them.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
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

// An interactive zsh on a pseudo-terminal, into which lines are typed with a tab. ^X ends a line: it writes the
// completed line, and what zsh took from the proposals, to a file.
const zshrc = `
  PS1='READY>'
  path=($ZDOTDIR/bin $path)
  fpath=($ZDOTDIR $fpath)
  cd $ZDOTDIR/files
  autoload -Uz compinit
  compinit -u -D
  typeset -gaU proposed
  compadd() {
    local -a matches
    builtin compadd -O matches "$@"
    proposed+=($matches)
    builtin compadd "$@"
  }
  report() {
    print -r -- "$BUFFER|$proposed" >> $ZDOTDIR/completed
    BUFFER= proposed=()
    print DONE
  }
  zle -N report
  bindkey '^X' report
`
const typeIntoZsh = `
  zmodload zsh/zpty
  zpty shell zsh -d -i
  zpty -r shell text '*READY>*'
  for line in "$@"; do
    zpty -wn shell $line$'\\t\\x18'
    zpty -r shell text '*DONE*'
  done
`

t.test('zsh completes programs, options, values, operands and files', { skip: lacksZsh() }, async (t) => {
  const directory = t.testdir({ '.zshrc': zshrc, completed: '', files: { 'settings.conf': '' } })
  copyFileSync(file, `${directory}/_tumgreyspf`)
  mkdirSync(`${directory}/bin`)
  for (const name of ['tumgreyspf-stat', 'tumgreyspf-blackhole'])
    symlinkSync(resolve(`build/bin/${name}.js`), `${directory}/bin/${name}`)
  writeFileSync(`${directory}/bin/node`, `#!/bin/sh\nexec '${process.execPath}' "$@"\n`, { mode: 0o755 })
  const expected = {
    'tumgreyspf-st': 'tumgreyspf-stat |tumgreyspf-stat',
    'tumgreyspf-stat --js': 'tumgreyspf-stat --json |--json',
    'tumgreyspf-stat --state p': 'tumgreyspf-stat --state p|pending passed',
    'tumgreyspf-stat --state pending,ex': 'tumgreyspf-stat --state pending,expired |pending,expired',
    'tumgreyspf-blackhole -c FILE ': 'tumgreyspf-blackhole -c FILE |add remove list',
    'tumgreyspf-blackhole add ad': 'tumgreyspf-blackhole add address |address',
    'tumgreyspf-stat -c s': 'tumgreyspf-stat -c settings.conf |settings.conf',
  }
  const { status, stderr } = spawnSync('zsh', ['-fc', typeIntoZsh, 'zsh', ...Object.keys(expected)], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', HOME: directory, ZDOTDIR: directory, TERM: 'dumb' },
    timeout: 60_000,
  })
  t.equal(status, 0, stderr)
  t.same(readFileSync(`${directory}/completed`, 'utf8').trimEnd().split('\n'), Object.values(expected))
})

function lacksZsh(): string | false {
  return spawnSync('zsh', ['-fc', 'zmodload zsh/zpty']).status === 0 ? false : 'no zsh'
}
