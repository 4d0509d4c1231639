// tumgreyspf-configtest: checks what an administrator can get wrong.
import { hostname } from 'node:os'
import { createCheckers } from '../../checks/checkers.js'
import { parseIpAddress } from '../../net/ip-address.js'
import { explainGreylist } from '../../configtest/explain-greylist.js'
import { formatFinding, formatFindingJson, sumUpFindings, type Finding } from '../../configtest/finding.js'
import { previewRequest } from '../../configtest/preview-request.js'
import { ReadOnlyStore } from '../../configtest/read-only-store.js'
import { checkConfigFiles } from '../../configtest/check-config-files.js'
import { checkDns, checkLog } from '../../configtest/check-network.js'
import { checkOverrides } from '../../configtest/check-overrides.js'
import { checkHostName, checkPostfix, checkTimeLimit } from '../../configtest/check-postfix.js'
import { checkSpfDomains } from '../../configtest/check-spf-domains.js'
import { checkSettings } from '../../configtest/check-settings.js'
import { checkStore } from '../../configtest/check-store.js'
import { openSpf } from '../../spf/open-spf.js'
import { UsageError } from '../command-line.js'
import { ConfigFilesOnDisk } from '../../config/files/config-files.js'
import { openAdminStore } from '../../stores/open-admin-store.js'
import { defineCommand } from '../run-tool.js'
import { defaultSettingsPath, readSettingsFile } from '../../settings/settings-file.js'
import { quoteValue } from '../../log/escape.js'
import { parseRequest } from '../../policy/policy-request.js'

const text = { type: 'string', requiresArg: true } as const

/** The domains of a list are looked up in parallel. */
const domainSeconds = 5

/** The program tumgreyspf-configtest. */
export const configtestCommand = defineCommand(
  {
    name: 'tumgreyspf-configtest',
    usage:
      '[--json] [--postfix DIR] [CONFIGFILE] | --client-address IP [--client-name NAME] [--sender ADDRESS] [--recipient ADDRESS] [--helo NAME] [--explain] [CONFIGFILE]',
    purpose:
      'Checks the settings, the config directories, the store, DNS, syslog and the setup of Postfix, one line each. ' +
      'With a client address, shows instead which settings such a request gets, where each comes from, and the ' +
      'verdict of each checker now. Nothing is changed.',
    options: {
      config: { ...text, alias: 'c', describe: 'the settings file, as CONFIGFILE' },
      json: { type: 'boolean', default: false, describe: 'one JSON object per line' },
      'client-address': { ...text, describe: "the client's IP address" },
      'client-name': { ...text, describe: "the client's name, as Postfix has verified it" },
      sender: { ...text, describe: 'the envelope sender; empty for the null sender' },
      recipient: { ...text, describe: 'the envelope recipient' },
      helo: { ...text, describe: 'the name that the client gives in HELO' },
      explain: {
        type: 'boolean',
        default: false,
        describe: 'also show what the store knows, when such mail passes, and what would let it pass sooner',
      },
      postfix: { ...text, describe: "Postfix's configuration directory, if it is not the system's own" },
    },
    examples: [
      ['$0', 'check everything; run it as root, so that it can check as the policy user'],
      [
        '$0 --client-address 192.0.2.7 --sender a@example.net --recipient b@example.org',
        'show what such a request gets',
      ],
      [
        '$0 --explain --client-address 192.0.2.7 --sender a@example.net --recipient b@example.org',
        'show why it is deferred, for how long, and what helps',
      ],
    ],
    notes: `CONFIGFILE is ${defaultSettingsPath} if not given. Lines begin with ok, warning or error; with an error the exit status is 1.`,
  },
  async ({ options, operands }, tool) => {
    const files = [...(options.config === undefined ? [] : [options.config]), ...operands]
    const [settingsPath = defaultSettingsPath] = files
    if (files.length > 1) throw new UsageError(`expected one file, got ${String(files.length)}`)
    if (settingsPath === '') throw new UsageError('expected a settings file, got ""')
    const { 'client-address': client, 'client-name': name, sender, recipient, helo, explain } = options
    if (client === undefined && (explain || (name ?? sender ?? recipient ?? helo) !== undefined))
      throw new UsageError('expected --client-address with the other values of a request')
    if (client !== undefined && options.json)
      throw new UsageError('--client-address and --json cannot be used together')
    if (client !== undefined && parseIpAddress(client) === undefined)
      throw new UsageError(`--client-address: expected an IP address, got ${quoteValue(client)}`)
    const findings: Finding[] = []
    const format = options.json ? formatFindingJson : formatFinding
    const report = async (found: readonly Finding[]): Promise<void> => {
      for (const finding of found) findings.push(finding)
      await tool.write(found.map(format).join(''))
    }

    const parsed = readSettingsFile(settingsPath)
    const { settings } = parsed
    if (client !== undefined) {
      if (parsed.errors.length > 0) {
        await report(checkSettings(parsed, settingsPath, undefined))
        return 1
      }
      const store = await openAdminStore(settings, tool.log)
      const attributes = { client_address: client, client_name: name, sender, recipient, helo_name: helo }
      const lines = Object.entries(attributes)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `${name}=${Buffer.from(value ?? '', 'utf8').toString('latin1')}`)
      const described = await previewRequest(
        parseRequest(lines),
        {
          // With explain, what is only said to those who debug belongs to it.
          settings: explain ? { ...settings, debugLevel: Math.max(settings.debugLevel, 1) } : settings,
          configFiles:
            settings.configPath === undefined
              ? undefined
              : new ConfigFilesOnDisk(settings.configPath, tool.log),
          checkers: createCheckers(),
          spf: openSpf(settings),
          store: new ReadOnlyStore(store),
          readClock: () => Date.now() / 1_000,
        },
        settingsPath,
        explain ? (context) => explainGreylist({ ...context, store }) : undefined,
      )
      await store.close()
      // Without both there is no triplet, so the greylist has no opinion; that must not look like acceptance.
      const missing = Object.entries({ sender, recipient }).filter(([, value]) => value === undefined)
      if (missing.length > 0)
        tool.report(
          `warning: without ${missing.map(([name]) => `--${name}`).join(' and ')} the result can differ from that for real mail`,
        )
      await tool.write(described)
      return 0
    }

    const postfix = checkPostfix(options.postfix)
    await report(checkSettings(parsed, settingsPath, postfix.account))
    if (parsed.errors.length === 0) {
      await report(checkHostName(settings.hostName ?? hostname(), postfix.hostName))
      await report(checkTimeLimit(settings.timeLimit, postfix.timeLimit))
      await report(checkOverrides(parsed, settingsPath))
      await report(checkConfigFiles(settings, postfix.account))
      await report(await checkStore(settings, postfix.account, tool.log))
      const dns = await checkDns(settings)
      await report(dns)
      if (dns.some(({ level }) => level === 'ok'))
        await report(await checkSpfDomains(settings, openSpf({ ...settings, dnsTimeout: domainSeconds })))
      await report([await checkLog(settings, postfix.account)])
    }
    await report(postfix.findings)
    if (!options.json) await tool.write(`${sumUpFindings(findings)}\n`)
    return findings.some(({ level }) => level === 'error') ? 1 : 0
  },
)
