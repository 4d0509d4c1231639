// One session with Postfix: bytes in, requests answered one after the other, replies out, until the end of input.
import type { Log } from '../log/log.js'
import { quoteValue, toPlainText } from '../log/escape.js'
import { decodeBytes } from '../system/byte-text.js'
import { parseRequest, type PolicyRequest } from './policy-request.js'
import { RequestReader } from './request-reader.js'

/** What a session needs. */
export interface SessionParts {
  /** The input in pieces, as strings of bytes. */
  readonly input: AsyncIterable<string>
  /** Writes a reply; resolves when there is room for the next. */
  readonly write: (reply: string) => Promise<void>
  /** The action for a request; never throws. */
  readonly answer: (request: PolicyRequest) => Promise<string>
  readonly log: Log
  /** Lines as they came are logged at this level (4). */
  readonly debugLevel: number
}

/** Answers until the input ends or is not the policy protocol, which is logged. */
export async function runSession({ input, write, answer, log, debugLevel }: SessionParts): Promise<void> {
  const reader = new RequestReader()
  for await (const piece of input) {
    for (const lines of reader.push(piece)) {
      if (debugLevel >= 4)
        for (const line of lines) log('debug', `request: read ${quoteValue(decodeBytes(line))}`)
      const action = await answer(parseRequest(lines))
      if (debugLevel >= 3) log('debug', `request: answered ${quoteValue(action)}`)
      // A control character would break the protocol, and so would one beyond ASCII whose last byte is a line end.
      await write(`action=${toPlainText(action)}\n\n`)
    }
    if (reader.error !== undefined) {
      log('warning', `request: not the policy protocol: ${reader.error}; connection closed`)
      return
    }
  }
  if (reader.isInsideRequest) log('warning', 'request: the input ended inside a request, which got no answer')
}
