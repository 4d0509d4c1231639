// The cause of a failed system call in words, for the end of a message.
import { getSystemErrorMap } from 'node:util'
import { joinLines } from './join-lines.js'

/** "no such file or directory" for ENOENT and so on; for other errors their message on one line. */
export function describeCause(error: unknown): string {
  const errno = isSystemError(error) ? getSystemErrorMap().get(error.errno) : undefined
  if (errno !== undefined) return errno[1]
  const message = error instanceof Error ? error.message : String(error)
  return joinLines(message)
}

/** The error's code such as "ENOENT", undefined if it has none. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

function isSystemError(error: unknown): error is Error & { errno: number } {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number'
}
