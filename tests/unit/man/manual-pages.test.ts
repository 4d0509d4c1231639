// The manual pages, compared with --help and the settings table, and checked by the formatters.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import t from 'tap'
import { configNames } from '../../../lib/config/parse-config-file.js'
import { senderRules } from '../../../lib/greylist/normalize-sender.js'
import { settingsTable, type SettingName } from '../../../lib/settings/settings-table.js'
import { senderExamples } from '../../helpers/sender-examples.js'

const pages = readdirSync('man').sort()
const programs = readdirSync('bin').map((name) => basename(name, '.ts'))

const subjects = [
  'tumgreyspf-config.5',
  'tumgreyspf-migration.7',
  'tumgreyspf-mongodb.7',
  'tumgreyspf-store.5',
  'tumgreyspf.conf.5',
]
t.test('every program and every subject has a page, nothing else', async (t) => {
  t.same(pages, [...programs.map((name) => `${name}.8`), ...subjects].sort())
})

interface Formatter {
  readonly name: string
  readonly command: (page: string) => readonly [program: string, ...args: string[]]
  /** Lines that are no warning about the page. */
  readonly ignored?: RegExp
}
const formatters: readonly Formatter[] = [
  { name: 'man', command: (page) => ['man', '--warnings=w', '-l', page] },
  { name: 'groff', command: (page) => ['groff', '-ww', '-mandoc', '-Tutf8', '-Kutf8', page] },
  {
    name: 'mandoc',
    command: (page) => ['mandoc', '-T', 'lint', '-W', 'warning', page],
    // It looks for references among the installed pages.
    ignored: /cross reference|referenced manual/,
  },
]
for (const { name, command, ignored } of formatters)
  t.test(`${name} accepts every page`, { skip: lacks(name) }, async (t) => {
    for (const page of pages) {
      const [program, ...args] = command(`man/${page}`)
      const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8', MANPAGER: 'cat' }
      const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env })
      const said = (name === 'mandoc' ? stdout + stderr : stderr).split('\n')
      t.same(
        said.filter((line) => line !== '' && ignored?.test(line) !== true),
        [],
        page,
      )
    }
  })

for (const program of programs)
  t.test(`${program}(8) has the options that ${program} --help has`, async (t) => {
    const { stdout } = spawnSync(process.execPath, [`build/bin/${program}.js`, '--help'], {
      encoding: 'utf8',
    })
    const inHelp = [...stdout.matchAll(/^(?: {2}(?:-(\w), | {4}))?--([\w-]+)(?: |$)/gm)].flatMap(
      ([, letter, name = '']) => (letter === undefined ? [`--${name}`] : [`-${letter}`, `--${name}`]),
    )
    const items = readPage(`${program}.8`).filter((line) => line.startsWith('.It Fl '))
    const inPage = items.flatMap((line) => [...line.matchAll(/Fl (\S+)/g)].map(([, name = '']) => `-${name}`))
    // The policy server does without yargs, and its help without the short form.
    const expected = program === 'tumgreyspf' ? [...inHelp, '-h'] : inHelp
    t.ok(inHelp.includes('--help'), 'the help was understood')
    t.same(inPage.sort(), expected.sort())
  })

t.test('a page refers to existing pages', async (t) => {
  for (const page of pages)
    for (const line of readPage(page)) {
      const [, name, section] = /^\.Xr (tumgreyspf\S*) (\d)/.exec(line) ?? []
      if (name !== undefined) t.ok(pages.includes(`${name}.${section ?? ''}`), `${page}: ${line}`)
    }
})

t.test('tumgreyspf(8) refers to every other page', async (t) => {
  const seeAlso = readPage('tumgreyspf.8').join('\n').split('.Sh SEE ALSO')[1]
  for (const page of pages.filter((name) => name !== 'tumgreyspf.8'))
    t.match(seeAlso, `.Xr ${page.replace(/\.(\d)$/, ' $1')}`, page)
})

t.test('tumgreyspf.conf(5) has every setting in order, with meaning, other names and default', async (t) => {
  const items = readItems('tumgreyspf.conf.5')
  const expected = (Object.keys(settingsTable) as SettingName[]).map((name) => {
    const { meaning, aliases, shownDefault } = { aliases: [], ...settingsTable[name] }
    const others = aliases.map((alias) => ` Also written ${alias} .`).join('')
    return { name, text: `${meaning.replaceAll('`', '')}.${others} Default: ${shownDefault}` }
  })
  t.same(
    items.map(({ name }) => name),
    expected.map(({ name }) => name),
  )
  expected.forEach(({ name, text }, index) => {
    t.equal(items[index]?.text.toLowerCase(), text.toLowerCase(), name)
  })
})

t.test('tumgreyspf-config(5) has every name in order', async (t) => {
  t.same(
    readItems('tumgreyspf-config.5').map(({ name }) => name),
    [...configNames.keys()],
  )
})

function readPage(page: string): string[] {
  return readFileSync(`man/${page}`, 'utf8').split('\n')
}

/** The settings of a page: ".It Va NAME" and the text up to the next item. */
function readItems(page: string): { readonly name: string; readonly text: string }[] {
  const items: { name: string; text: string }[] = []
  let isInside = false
  for (const line of readPage(page)) {
    const name = /^\.It Va (\S+)$/.exec(line)?.[1]
    if (name !== undefined) items.push({ name, text: '' })
    const last = items.at(-1)
    if (isInside && name === undefined && !/^\.El$/.test(line) && last !== undefined) {
      const text = line
        .replace(/^\.Va /, '')
        .replaceAll('\\(aq', "'")
        .replaceAll('\\e', '\\')
      last.text += (last.text === '' ? '' : ' ') + text
    }
    isInside = name !== undefined || (isInside && !/^\.El$/.test(line))
  }
  return items
}

function lacks(program: string): string | false {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0 ? false : `no ${program}`
}

t.test('tumgreyspf-config(5) has the rules of normalizeSenders with their examples', async (t) => {
  const page = readFileSync('man/tumgreyspf-config.5', 'utf8')
  for (const { name, meaning } of senderRules) {
    t.ok(page.toLowerCase().includes(`.it cm ${name}\n${meaning}.\n`.toLowerCase()), name)
    const examples = senderExamples[name] ?? []
    t.not(examples.length, 0)
    for (const { sender, key } of examples) t.ok(page.includes(`${sender}\n    ${key}\n`), sender)
  }
})
