// What went wrong with MongoDB, in words that fit the end of a one-line message and hold no secret.
import { MongoError, MongoNetworkError, MongoNetworkTimeoutError } from 'mongodb'
import { escapeValue } from '../../log/escape.js'
import { describeCause, errorCode } from '../../system/error.js'

/** The codes of MongoDB's errors that we act on (its src/mongo/base/error_codes.yml). */
export const faultCode = {
  typeMismatch: 14,
  authenticationFailed: 18,
  namespaceNotFound: 26,
  duplicateKey: 11_000,
} as const

/** The cause of a fault in words, on one line, without the secrets. */
export function describeFault(fault: unknown, secrets: readonly string[]): string {
  let text = findWords(fault)
  for (const secret of secrets) text = text.replaceAll(secret, '***')
  return escapeValue(text.replace(/\s+/g, ' ').replace(/(?<![. ])[. ]+$/, ''))
}

/** Whether the server answered with this code. */
export function hasCode(fault: unknown, code: number): boolean {
  return fault instanceof MongoError && fault.code === code
}

/** Whether the connection broke, so that another one may do. */
export function isLostConnection(fault: unknown): boolean {
  if (fault instanceof MongoNetworkError) return !(fault instanceof MongoNetworkTimeoutError)
  // The server had closed it, and the driver had not seen that yet when it wrote.
  return errorCode(findOrigin(fault)) === 'EPIPE'
}

function findWords(fault: unknown): string {
  const origin = findOrigin(fault)
  if (origin instanceof MongoNetworkTimeoutError) return 'no answer in time'
  const words = describeCause(origin)
  // The server repeats the whole command, which says nothing more.
  return words.replace(/ to execute command \{.*$/s, '')
}

/** The innermost cause: the driver wraps what the system said in what it was doing. */
function findOrigin(fault: unknown): unknown {
  let origin = fault
  for (let depth = 0; depth < 5 && origin instanceof Error && origin.cause instanceof Error; depth += 1)
    origin = origin.cause
  return origin
}
