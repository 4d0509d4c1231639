// The driver's errors in words for the end of a one-line message. They contain no secrets: an address that the driver
// could read in another way than we do never gets to it (mongodb-address.ts), and what it says of a connection string as
// a whole is not repeated.
import {
  BSON,
  MongoError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from 'mongodb'
import { escapeValue } from '../../log/escape.js'
import { describeCause, errorCode } from '../../system/error.js'

/** The codes of MongoDB's errors that we act on (its src/mongo/base/error_codes.yml). */
export const serverErrorCode = {
  badValue: 2,
  typeMismatch: 14,
  authenticationFailed: 18,
  namespaceNotFound: 26,
  duplicateKey: 11_000,
} as const

/** The cause of an error in words, on one line. */
export function describeError(error: unknown): string {
  return escapeValue(findWords(findOrigin(error)).replace(/(?<![. ])[. ]+$/, ''))
}

/** Why a client of the driver could not be made for a connection string. */
export function describeConnectError(error: unknown): string {
  // Those are about options. Others may repeat the connection string.
  return error instanceof MongoError ? describeError(error) : 'the address is not a valid connection string'
}

/** Whether the server answered with this code. */
export function hasCode(error: unknown, code: number): boolean {
  return error instanceof MongoError && error.code === code
}

/** Whether the server answered: it can be reached, and the next request may succeed. */
export function isAnswer(error: unknown): boolean {
  return (
    error instanceof BSON.BSONError ||
    (error instanceof MongoServerError && !hasCode(error, serverErrorCode.authenticationFailed))
  )
}

/** Whether the connection broke, so that another one may do. */
export function isLostConnection(error: unknown): boolean {
  if (error instanceof MongoNetworkError) return !(error instanceof MongoNetworkTimeoutError)
  if (error instanceof MongoTopologyClosedError) return true
  // The server had closed it, and the driver had not seen that yet when it wrote.
  return errorCode(findOrigin(error)) === 'EPIPE'
}

/** Whether the client is of no use any longer: one whose first search for a server fails does not search again. */
export function isClientSpent(error: unknown): boolean {
  return error instanceof MongoServerSelectionError || error instanceof MongoTopologyClosedError
}

function findWords(origin: unknown): string {
  if (origin instanceof MongoNetworkTimeoutError) return 'no answer in time'
  if (origin instanceof BSON.BSONError) return 'the answer cannot be decoded'
  // Servers differ in whether they repeat the user's name.
  if (hasCode(origin, serverErrorCode.authenticationFailed)) return 'authentication failed'
  // The server repeats the whole command, which says nothing more.
  return describeCause(origin).replace(/ to execute command \{.*$/s, '')
}

/** The innermost cause: the driver wraps what the system said in what it was doing. */
function findOrigin(error: unknown, depth = 0): unknown {
  const isWrapper = depth < 5 && error instanceof Error && error.cause instanceof Error
  return isWrapper && !(error instanceof BSON.BSONError) ? findOrigin(error.cause, depth + 1) : error
}
