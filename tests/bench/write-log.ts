// A mail log of a month for tumgreyspf-replay: of each ten messages four come back after half an hour, with an SPF pass.
import { closeSync, openSync, writeSync } from 'node:fs'
import { formatRequestLine } from '../../lib/log/request-line.js'
import { parseRequest } from '../../lib/policy/policy-request.js'

const waitSeconds = 1_800
/** 2026-01-01 */
const start = 1_767_225_600
const monthSeconds = 30 * 86_400

/** Writes the log. */
export function writeLog(path: string, attempts: number): void {
  const lines: { readonly time: number; readonly text: string }[] = []
  for (let message = 0, count = 0; count < attempts; message += 1) {
    const time = start + ((message * 7_919) % monthSeconds)
    const comesBack = message % 10 < 4
    const client = `100.${String((message >> 16) & 255)}.${String((message >> 8) & 255)}.${String(message & 255)}`
    const domain = `d${String(message % 3_000)}.example.net`
    const add = (title: 'Initial greylisting' | 'Allowed greylisting', at: number): void => {
      count += 1
      const request = parseRequest([
        `client_address=${client}`,
        `helo_name=mail.${domain}`,
        `sender=user${String(message)}@${domain}`,
        `recipient=user${String(message % 700)}@example.org`,
      ])
      const head = `${new Date(at * 1_000).toISOString()} mx tumgreyspf[${String(1_000 + (message % 40))}]: `
      if (comesBack)
        lines.push({
          time: at,
          text: `${head}SPF pass (${domain} permits ${client}): QUEUE_ID="<UNKNOWN>"; identity=mailfrom; client-ip=${client}; helo=mail.${domain}; envelope-from=${request.sender ?? ''}; receiver=${request.recipient ?? ''};\n`,
        })
      lines.push({ time: at, text: `${head}${formatRequestLine(title, request)}\n` })
    }
    add('Initial greylisting', time)
    if (comesBack) add('Allowed greylisting', time + waitSeconds)
  }
  const file = openSync(path, 'w')
  for (const { text } of lines.sort((a, b) => a.time - b.time)) writeSync(file, text)
  closeSync(file)
}
