// Keeps the code that V8 makes of the policy server's parts, for lib/system/load-part.ts: the installation runs this file, as who
// may write where the programs are. It serves a few requests and then writes what has been compiled by then; code that
// was not needed for them is compiled when it is.
//
//   node write-code-cache.js             serves all kinds of sessions, each in a process of its own
//   node write-code-cache.js SETTINGS    serves one session and keeps its code
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { codePath, PartLoader } from '../../lib/system/load-part.js'
import type * as PolicyServer from '../../lib/cli/commands/tumgreyspf.js'
import { describeCause } from '../../lib/system/error.js'
import { startSampleDns } from './sample-dns.js'

/** Sender and client: one that comes twice, one without a sender, one that SPF fails, two that have no entry. */
const attempts = [
  ['alice@pass.example', '192.0.2.7'],
  ['alice@pass.example', '192.0.2.7'],
  ['', '2001:db8::25'],
  ['mallory@pass.example', '198.51.100.66'],
  ['cron@pass.example', '127.0.0.1'],
] as const

const sampleConfig = `OTHERCONFIGS = client_address,envelope_sender,envelope_recipient
GREYLISTTIME = 0
GREYLISTEXPIREDAYS = 10.0
`

const partsDirectory = dirname(import.meta.filename)
const [settingsPath] = process.argv.slice(2)
if (settingsPath !== undefined) await serveOne(settingsPath)
else
  await serveAll().catch((error: unknown) => {
    process.stderr.write(`write-code-cache: cannot keep code in ${partsDirectory}: ${describeCause(error)}\n`)
    process.exitCode = 1
  })

async function serveAll(): Promise<void> {
  accessSync(partsDirectory, constants.W_OK)
  const directory = mkdtempSync(join(tmpdir(), 'tumgreyspf-code-'))
  const dns = await startSampleDns()
  try {
    const path = join(directory, 'tumgreyspf.conf')
    const common = `syslogAddress = '${directory}/log'\ngreylistTime = 0\nconfigPath = 'file://${directory}/config'\n`
    mkdirSync(join(directory, 'config'))
    writeFileSync(join(directory, 'config/__default__'), sampleConfig)
    // What the second writes takes the place of what the first wrote: most processes are of its kind.
    for (const settings of [
      `checkers = ['greylist']\ndbUrl = 'mongodb://127.0.0.1:1/'\n`,
      `checkers = ['blackhole', 'spf', 'greylist']\ndbUrl = 'sqlite://${directory}/data/tumgreyspf.db'\ndnsServers = ['${dns.address}']\n`,
    ]) {
      writeFileSync(path, common + settings)
      const child = spawn(process.execPath, [...process.execArgv, import.meta.filename, path], {
        stdio: ['pipe', 'ignore', 'inherit'],
      })
      child.stdin.end(attempts.map(formatRequest).join(''))
      const [status] = (await once(child, 'exit')) as [number | null]
      if (status !== 0) throw new Error('a session with sample requests failed')
    }
  } finally {
    dns.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

function formatRequest([sender, client]: (typeof attempts)[number], index: number): string {
  return (
    'request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\nhelo_name=mail.pass.example\n' +
    `client_address=${client}\nclient_name=unknown\nsender=${sender}\nrecipient=bob@example.org\n` +
    `instance=${String(index)}\n\n`
  )
}

async function serveOne(path: string): Promise<void> {
  const parts = new PartLoader(partsDirectory, createRequire(import.meta.filename))
  process.on('exit', () => {
    for (const [name, script] of parts.scripts) {
      const target = codePath(join(parts.directory, name))
      // A process that starts meanwhile finds the old one or the new one.
      writeFileSync(`${target}.new`, script.createCachedData(), { mode: 0o644 })
      renameSync(`${target}.new`, target)
    }
  })
  const { main } = parts.require('./policy-server.js') as typeof PolicyServer
  await main([path])
}
