// The request reader and what is made of a request, from the bytes that somebody sends.
import { formatRequestLine } from '../../../lib/log/request-line.js'
import { parseRequest } from '../../../lib/policy/policy-request.js'
import { RequestReader } from '../../../lib/policy/request-reader.js'
import { lookupSteps } from '../../../lib/config/lookup-steps.js'
import { parseIpAddress } from '../../../lib/net/ip-address.js'
import { identityOf } from '../../../lib/spf/identity.js'
import { must } from '../../helpers/properties.js'

/** However the bytes are cut, the same requests come of them, each a sound one. */
export function fuzz(data: Buffer): void {
  const bytes = data.toString('latin1')
  const whole = new RequestReader()
  const requests = whole.push(bytes)
  const cut = new RequestReader()
  const step = 1 + (data[0] ?? 0)
  const again = []
  for (let start = 0; start < bytes.length; start += step)
    again.push(...cut.push(bytes.slice(start, start + step)))
  must(JSON.stringify(again) === JSON.stringify(requests), 'other requests when cut')
  must(cut.error === whole.error, 'another error when cut')
  for (const lines of requests) {
    const request = parseRequest(lines)
    must(!/\p{Cc}/u.test(formatRequestLine('Blackholed', request)), 'a control character in the log')
    const { sender, recipient, heloName } = request
    const subject = { clientAddress: parseIpAddress(request.clientAddress ?? ''), sender, recipient }
    for (const name of ['client_address', 'envelope_sender', 'envelope_recipient'] as const)
      for (const { directory, files } of lookupSteps(name, subject))
        for (const part of [...directory.split('/'), ...files])
          must(/^[^./\0][^/\0]*$/.test(part), 'a path that leaves its place:', part)
    const { domain } = identityOf(sender ?? '', heloName ?? '')
    must(domain === domain.toLowerCase(), 'a domain:', domain)
  }
}
