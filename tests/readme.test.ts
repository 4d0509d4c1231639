// Runs the commands of README.md, except those that other tests run, and compares their output with the README.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import t, { type Test } from 'tap'
import { agedEntry, makeSettings } from './helpers/run-program.js'
import { greylisted } from './helpers/sample-request.js'
import { answers, lacks, programs } from './system/install/installed.js'
import { readReadmeCommands, type ReadmeCommand } from './helpers/readme-commands.js'

/** Commands that other tests run: on a whole machine, with servers, or for minutes. */
const elsewhere = [
  'make test',
  'make install',
  'make uninstall',
  'make deb && apt install ./build/tumgreyspf_*.deb',
  'npm install -g',
  'postfix reload',
  'telnet mail.example.org 25',
  'tumgreyspf-configtest',
  'tumgreyspf-configtest --explain',
  'tumgreyspf-import --from file:///var/local/lib/tumgreyspf/data',
  'tumgreyspf-install',
  'tumgreyspf-install --dry-run',
  'tumgreyspf-install --uninstall',
  'tumgreyspf-replay --set greylistTime=300 --set greylistBySpf=True /var/log/mail.log',
]

/** The commands that run here, with their exit status. */
const here: Record<string, number> = {
  'make run': 0,
  'make run < requests': 0,
  'make run < dist-config/requests': 0,
  'cat > short.conf': 0,
  'rm -rf .run': 0,
  'make run CONFIG=short.conf < dist-config/requests': 0,
  'sleep 2': 0,
  'tumgreyspf-clean --dryrun': 2,
  'tumgreyspf-clean': 0,
  'tumgreyspf-stat --client 192.0.2.0/24': 0,
  'tumgreyspf-stat --summary': 0,
  'tumgreyspf-whitelist add greylist 192.0.2.0/24': 0,
  'tumgreyspf-whitelist list greylist': 0,
  'tumgreyspf-blackhole add address trap@example.org': 0,
  'tumgreyspf-addip 192.0.2': 0,
}

const blocks = readReadmeCommands()

t.test('each command of the README runs here or in another test', async (t) => {
  const found = new Set(blocks.flatMap(({ commands }) => commands.map(({ command }) => command)))
  t.same([...found].sort(), [...Object.keys(here), ...elsewhere].sort())
})

for (const { heading, commands } of blocks) {
  // Commands in neither table are not run, since they might change this machine.
  const known = commands.filter(({ command }) => command in here)
  if (known.length === 0) continue
  const name = `${heading}: ${known.map(({ command }) => command).join('; ')}`
  const needsTerminal = known.some(({ command }) => command === 'make run')
  t.test(name, { skip: lacks('make') || (needsTerminal && lacks('script')) }, async (t) => {
    const machine = await Machine.make(t)
    for (const command of known) machine.check(t, command)
  })
}

/** A checkout, a store with some entries, and launchers of the programs that use them. */
class Machine {
  private constructor(readonly directory: string) {}

  static async make(t: Test): Promise<Machine> {
    const day = 86_400
    const { directory, settings } = await makeSettings(t, [
      agedEntry('192.0.2.7', 'alice@example.net', 30),
      agedEntry('198.51.100.1', 'may-come-back@example.net', 3_600),
      agedEntry('198.51.100.1', 'never-again@example.net', day),
      agedEntry('198.51.100.1', 'came-back@example.net', day, day - 600),
    ])
    const checkout = `${directory}/checkout`
    mkdirSync(checkout)
    for (const name of [
      'Makefile',
      'bin',
      'build',
      'lib',
      'node_modules',
      'package.json',
      'package-lock.json',
    ])
      symlinkSync(resolve(name), `${checkout}/${name}`)
    cpSync('dist-config', `${checkout}/dist-config`, { recursive: true })
    cpSync('dist-config/requests', `${checkout}/requests`)
    // SPF needs DNS, which a test has not.
    writeFileSync(`${checkout}/dist-config/__default__`, 'CHECKERS = greylist\n')
    mkdirSync(`${directory}/sbin`)
    const launch = (name: string, command: string): void => {
      writeFileSync(`${directory}/sbin/${name}`, `#!/bin/sh\nexec ${command} "$@"\n`)
      chmodSync(`${directory}/sbin/${name}`, 0o755)
    }
    for (const name of programs)
      launch(name, `${process.execPath} ${resolve(`build/bin/${name}.js`)} -c ${settings}`)
    // Other tests use the build.
    launch('make', '/usr/bin/make -o build/bin/tumgreyspf.js -o node_modules/.package-lock.json')
    return new Machine(directory)
  }

  /** Runs a command and compares its output with the README. */
  check(t: Test, { command, remark, shown }: ReadmeCommand): void {
    // Text below "cat" is input.
    const isTyped = command.startsWith('cat ')
    const input = isTyped ? shown.join('\n') + '\n' : ''
    const { status, output } = this.#run(
      command === 'make run' ? `script -qec 'make run' /dev/null` : command,
      input,
    )
    t.equal(status, here[command], `${command}: ${output}`)
    if (command.startsWith('make run'))
      t.equal(output, remark === 'passes' ? 'action=dunno\n\n'.repeat(3) : answersOf(command), command)
    else if (shown.length > 0 && /^tumgreyspf-(?:clean$|stat --?(?:summary|client))/.test(command))
      t.match(output, formOf(shown), command)
    else if (!isTyped && shown.length > 0)
      t.equal(withoutDates(output), withoutDates(shown.join('\n') + '\n'), command)
  }

  #run(command: string, input: string): { status: number | null; output: string } {
    const { directory } = this
    const { status, stdout } = spawnSync('sh', ['-c', `exec 2>&1\n${command}`], {
      cwd: `${directory}/checkout`,
      input,
      encoding: 'utf8',
      env: { PATH: `${directory}/sbin:${process.env['PATH'] ?? ''}`, HOME: directory },
    })
    const output = stdout
      .replaceAll('\r\n', '\n')
      .replaceAll(`${directory}/config/`, '/etc/tumgreyspf/config/')
    return { status, output }
  }
}

/** Those of the sample settings, which have a text of their own, and those of the README's own settings file. */
function answersOf(command: string): string {
  return command.includes('CONFIG=') ? answers.replace(/defer_if_permit .*/g, greylisted) : answers
}

function withoutDates(text: string): string {
  return text.replace(/\b\d{4}-\d\d-\d\d\b/g, 'YYYY-MM-DD')
}

/** What output looks like that differs from the sample in its figures and columns only; "..." is any lines. */
function formOf(shown: readonly string[]): RegExp {
  const lines = shown.map((line) =>
    line === '...'
      ? '(?:.*\\n)*'
      : `${line
          .replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')
          .replace(/\b\d+[smh]\b/g, '\\d+[smhd]')
          .replace(/(?<!\\)\d[\d,]*/g, '[\\d,]+')
          .replace(/ {2,}/g, ' +')}\\n`,
  )
  return new RegExp(`^${lines.join('')}\\n*$`)
}
