// make install and make uninstall, into a tree and on a copy of this machine.
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import t from 'tap'
import { checks, checkScript, lacks, makeIn, nothingYet, programs } from './installed.js'
import { lacksScratchRoot, runInScratchRoot } from './scratch-root.js'

const make = makeIn('stage-install')
const noScratchRoot = lacksScratchRoot()

t.test('make install fills a tree, keeps edited settings, and make uninstall empties it', async (t) => {
  const tree = mkdtempSync(join(tmpdir(), 'tree-'))
  t.teardown(() => {
    rmSync(tree, { recursive: true, force: true })
  })
  const run = (goal: string): string => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', `${make} ${goal} DESTDIR='${tree}'`], {
      encoding: 'utf8',
    })
    t.equal(status, 0, stderr)
    return stdout
  }
  run('install')
  t.same(readdirSync(`${tree}/usr/local/sbin`).sort(), programs)
  t.match(
    readFileSync(`${tree}/usr/local/sbin/tumgreyspf`, 'utf8'),
    /^#!\/bin\/sh\n\[ -t 2 \] \|\| exec 2>\/dev\/null; exec \/\S+(?: --max-semi-space-size=8)? \/usr\/local\/lib\/tumgreyspf\/tumgreyspf\.js "\$@"\n$/,
  )
  t.equal(
    readFileSync(`${tree}/etc/tumgreyspf/tumgreyspf.conf`, 'utf8'),
    readFileSync('dist-config/tumgreyspf.conf', 'utf8'),
  )
  t.equal(statSync(`${tree}/etc/tumgreyspf/tumgreyspf.conf`).mode & 0o777, 0o640)
  t.equal(statSync(`${tree}/var/local/lib/tumgreyspf`).mode & 0o7777, 0o755)
  t.equal(statSync(`${tree}/var/local/lib/tumgreyspf/data`).mode & 0o7777, 0o700)
  for (const name of ['README.md', 'CHANGELOG.md', 'requests'])
    t.ok(existsSync(`${tree}/usr/local/share/doc/tumgreyspf/${name}`), name)
  t.match(
    readFileSync(`${tree}/etc/cron.d/tumgreyspf`, 'utf8'),
    '\n17 4 * * *  tumgreyspf  [ -x /usr/local/sbin/tumgreyspf-clean ] && /usr/local/sbin/tumgreyspf-clean --quiet\n',
  )
  for (const page of readdirSync('man'))
    t.ok(existsSync(`${tree}/usr/local/share/man/man${page.slice(-1)}/${page}`), page)
  const completions = '/usr/local/share/zsh/site-functions/_tumgreyspf'
  t.ok(existsSync(tree + completions))
  t.equal(readlinkSync(`${tree}/usr/local/share/bash-completion/completions/tumgreyspf-stat`), completions)

  writeFileSync(`${tree}/etc/tumgreyspf/tumgreyspf.conf`, 'debugLevel = 1\n')
  writeFileSync(`${tree}/usr/local/sbin/tumgreyspf-mine`, 'the administrator’s\n')
  t.match(
    run('install'),
    'kept /etc/tumgreyspf/tumgreyspf.conf; the new sample is /etc/tumgreyspf/tumgreyspf.conf.dist\n',
  )
  t.equal(readFileSync(`${tree}/etc/tumgreyspf/tumgreyspf.conf`, 'utf8'), 'debugLevel = 1\n')
  t.ok(existsSync(`${tree}/etc/tumgreyspf/tumgreyspf.conf.dist`))

  run('uninstall')
  const left = readdirSync(tree, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  t.same(left.map(({ name }) => name).sort(), ['__default__', 'tumgreyspf-mine', 'tumgreyspf.conf'])
})

t.test('an installation is small, and has no SQLite beside that of its Node', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'stage-'))
  t.teardown(() => {
    rmSync(directory, { recursive: true, force: true })
  })
  const stage = (name: string, node: string): { size: number; packages: readonly string[] } => {
    const target = join(directory, name)
    const { status, stderr } = spawnSync(process.execPath, ['dist-config/packaging/stage.mjs', target, node])
    t.equal(status, 0, String(stderr))
    const paths = readdirSync(target, { recursive: true, encoding: 'utf8' }).map((path) => join(target, path))
    return {
      size: paths.map((path) => statSync(path)).reduce((sum, { size }) => sum + size, 0),
      packages: readdirSync(join(target, 'node_modules')),
    }
  }
  const answering = (name: string, answer: string): string => {
    writeFileSync(join(directory, name), `#!/bin/sh\necho ${answer}\n`, { mode: 0o755 })
    return join(directory, name)
  }
  const without = stage('without', answering('old-node', 'false'))
  t.ok(without.size <= 8 * 2 ** 20, String(without.size))
  t.ok(without.packages.includes('@photostructure'))
  t.notOk(stage('with', answering('new-node', 'true')).packages.includes('@photostructure'))
  t.ok(stage('elsewhere', '/nonexistent/node').packages.includes('@photostructure'), 'it may have none')
})

t.test('another data directory is named in the settings, flags of node in the launchers', async (t) => {
  const tree = mkdtempSync(join(tmpdir(), 'tree-'))
  t.teardown(() => {
    rmSync(tree, { recursive: true, force: true })
  })
  const goal = `install DESTDIR='${tree}' TGSDATA=/srv/grey TGSPROG=/opt/grey NODE=/opt/node NODEFLAGS='--max-semi-space-size=1 --no-warnings'`
  t.equal(spawnSync('sh', ['-c', `${make} ${goal}`]).status, 0)
  t.match(
    readFileSync(`${tree}/etc/tumgreyspf/tumgreyspf.conf`, 'utf8'),
    "\ndbUrl = 'sqlite:///srv/grey/data/tumgreyspf.db'\n",
  )
  t.equal(
    readFileSync(`${tree}/usr/local/sbin/tumgreyspf-stat`, 'utf8'),
    '#!/bin/sh\nexec /opt/node --max-semi-space-size=1 --no-warnings /opt/grey/tumgreyspf-stat.js "$@"\n',
  )
  t.ok(existsSync(`${tree}/srv/grey`))
  const { status, stderr } = spawnSync('sh', ['-c', `${make} ${goal}`], { encoding: 'utf8' })
  t.not(status, 0, 'what is there is not replaced by launchers that may not start')
  t.match(stderr, 'NODE: cannot run "/opt/node --max-semi-space-size=1 --no-warnings": nothing was changed')
})

t.test('a later Node gets a limit for the memory of short-lived objects', async (t) => {
  for (const node of new Set([process.execPath, resolve(process.env['TEST_NODE'] ?? process.execPath)])) {
    const tree = mkdtempSync(join(tmpdir(), 'tree-'))
    t.teardown(() => {
      rmSync(tree, { recursive: true, force: true })
    })
    const { status, stderr } = spawnSync('sh', ['-c', `${make} install DESTDIR='${tree}' NODE='${node}'`])
    t.equal(status, 0, String(stderr))
    const version = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout
    const flags = parseInt(version, 10) < 22 ? '' : ' --max-semi-space-size=8'
    t.match(
      readFileSync(`${tree}/usr/local/sbin/tumgreyspf`, 'utf8'),
      `exec ${node}${flags} /usr/local/lib/tumgreyspf/tumgreyspf.js "$@"\n`,
    )
  }
})

t.test('another policy user is created, and owns what it may write', { skip: noScratchRoot }, async (t) => {
  checkScript(
    t,
    runInScratchRoot(`
${nothingYet}
${make} install TGSUSER=grey-policy TGSDATA=/srv/grey
test "$(getent passwd grey-policy | cut -d: -f6,7)" = /srv/grey:/usr/sbin/nologin
test "$(stat -c '%U:%G %a' /etc/tumgreyspf/tumgreyspf.conf)" = 'root:grey-policy 640'
test "$(stat -c '%U:%G %a' /srv/grey /srv/grey/data)" = "$(printf 'root:root 755\\ngrey-policy:grey-policy 700')"
grep -q '^17 4 \\* \\* \\*  grey-policy  ' /etc/cron.d/tumgreyspf
as_policy_user() { setpriv --reuid=grey-policy --regid=grey-policy --clear-groups env -i "$@"; }
as_policy_user /usr/local/sbin/tumgreyspf-clean | grep -qx 'removed 0 of 0 entries'
test -z "$(as_policy_user find /etc/tumgreyspf /usr/local/lib/tumgreyspf -writable ! -type l)"
`),
  )
})

t.test(
  'make install on a machine: a policy user, its rights, and programs that work',
  { skip: noScratchRoot },
  async (t) => {
    const result = runInScratchRoot(`
SBIN=/usr/local/sbin PROG=/usr/local/lib/tumgreyspf DATA=/var/local/lib/tumgreyspf DOC=/usr/local/share/doc/tumgreyspf
${nothingYet}
${make} install
${checks}
${make} install
test "$(stat -c '%U:%G %a' /etc/tumgreyspf/tumgreyspf.conf)" = 'root:tumgreyspf 640'
man -w tumgreyspf || ! command -v man
as_policy_user $(command -v node) /usr/local/share/doc/tumgreyspf/prepare-mongodb.mjs --help | grep -q '^usage: prepare-mongodb.mjs'
${make} uninstall
test -z "$(ls -d /usr/local/sbin/tumgreyspf* /usr/local/lib/tumgreyspf /etc/cron.d/tumgreyspf 2>/dev/null)"
test -f /etc/tumgreyspf/tumgreyspf.conf && test -f /var/local/lib/tumgreyspf/data/tumgreyspf.db
`)
    checkScript(t, result)
  },
)

t.test(
  'a node that cannot do it is refused before anything is changed',
  { skip: noScratchRoot },
  async (t) => {
    checkScript(
      t,
      runInScratchRoot(`
${nothingYet}
${make} install
files() { find /usr/local /etc/tumgreyspf /etc/cron.d ! -path /usr/local/lib -printf '%p %i %C@\\n' | sort; }
files > /tmp/before
printf '#!/bin/sh\\necho 18.19.1\\n' > /opt/node18 && chmod 755 /opt/node18
mkdir -m 700 /opt/closed && cp $(command -v node) /opt/closed/node
refuse() {
  if ${make} install "$1" 2> /tmp/said; then exit 1; fi
  grep -qF "install: $2" /tmp/said
}
refuse NODE=/usr/bin/nope 'NODE: cannot run "/usr/bin/nope": nothing was changed'
refuse NODE=/bin/true 'NODE: "/bin/true" is not Node: nothing was changed'
refuse NODE=/bin/echo 'NODE: "/bin/echo" is not Node: nothing was changed'
refuse NODE= 'NODE: expected the path of node, got "": name it with make install NODE=/path/of/node'
refuse NODE=/opt/node18 'NODE: expected Node 20.19 or later, /opt/node18 is 18.19.1: nothing was changed'
refuse NODEFLAGS=--nope "NODE: cannot run \\"$(command -v node) --nope\\": nothing was changed"
refuse NODE=/opt/closed/node 'user tumgreyspf cannot run /opt/closed/node: install Node where all users can run it; nothing was changed'
files | diff /tmp/before -
/usr/local/sbin/tumgreyspf --version
`),
    )
  },
)

t.test('a link in place of the data directory is not followed', { skip: noScratchRoot }, async (t) => {
  checkScript(
    t,
    runInScratchRoot(`
${nothingYet}
owners() { stat -c '%n %U:%G %a' /etc /var/local/lib/tumgreyspf; }
${make} install
# As the policy user could, where an older installation gave it the directory above its data.
rm -r /var/local/lib/tumgreyspf/data
chown tumgreyspf: /var/local/lib/tumgreyspf
if ${make} install 2> /tmp/said; then exit 1; fi
grep -qF 'install: /var/local/lib/tumgreyspf: expected a directory owned by root' /tmp/said
ln -s /etc /var/local/lib/tumgreyspf/data
owners > /tmp/before
${make} install | grep -qF 'warning: /var/local/lib/tumgreyspf should belong to root: '
owners | diff /tmp/before -
chown root: /var/local/lib/tumgreyspf
rm /var/local/lib/tumgreyspf/data
ln -s /etc/nothing /var/local/lib/tumgreyspf/data
owners > /tmp/before
${make} install
owners | diff /tmp/before -
test ! -e /etc/nothing
`),
  )
})

t.test(
  'make uninstall refuses while Postfix asks the policy server',
  { skip: noScratchRoot || lacks('postconf') },
  async (t) => {
    const result = runInScratchRoot(`
${make} install
test -f /etc/postfix/main.cf || printf 'compatibility_level = 3.6\\n' > /etc/postfix/main.cf
test -f /etc/postfix/master.cf || cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
tumgreyspf-install
if ${make} uninstall; then exit 1; fi
test -x /usr/local/sbin/tumgreyspf
tumgreyspf-install --uninstall
${make} uninstall
`)
    checkScript(t, result)
    t.match(
      result.output,
      'install: Postfix still asks the policy server: first run tumgreyspf-install --uninstall and postfix reload',
    )
  },
)
