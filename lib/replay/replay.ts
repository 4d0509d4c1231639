// Replays attempts in order through a policy handler, and determines the outcome of each message.
import type { Verdict } from '../checks/verdict.js'
import type { PolicyRequest } from '../policy/policy-request.js'
import { loggedEnd, type AttemptEnd } from './logged-attempt.js'
import type { LoggedMessage, ReplayAttempt } from './logged-message.js'

/** The outcome of one message. */
export interface MessageEnd {
  /** Seconds since 1970. */
  readonly firstTime: number
  readonly first: AttemptEnd
  /** The result of its last attempt; attempts after it has passed or was rejected do not count. */
  readonly last: AttemptEnd
  readonly lastTime: number
  /** The result of its last attempt according to the logs. */
  readonly logged: AttemptEnd
}

/** Answers one attempt. */
export type AnswerAttempt = (attempt: ReplayAttempt) => Promise<AttemptEnd>

/** Attempts between two reports on progress. */
const batchLength = 2_000

/** Replays all attempts. Resolves to the outcome of each message, by index. */
export async function replayAttempts(
  messages: readonly LoggedMessage[],
  attempts: readonly ReplayAttempt[],
  answer: AnswerAttempt,
  onProgress: (done: number) => void,
): Promise<readonly (MessageEnd | undefined)[]> {
  const ends = new Array<MessageEnd | undefined>(messages.length)
  let done = 0
  for (const attempt of attempts) {
    const { messageIndex, time } = attempt
    const before = ends[messageIndex]
    const logged = loggedEnd(attempt)
    // It would not have been retried.
    const isOver = before !== undefined && before.last !== 'deferred'
    const end = isOver ? before.last : await answer(attempt)
    ends[messageIndex] = {
      firstTime: before?.firstTime ?? time,
      first: before?.first ?? end,
      last: end,
      lastTime: isOver ? before.lastTime : time,
      logged,
    }
    done += 1
    if (done % batchLength !== 0) continue
    onProgress(done)
    // Signals are only delivered between two turns of the event loop.
    await new Promise(setImmediate)
  }
  return ends
}

/** The request that the attempt was. */
export function toRequest({ values, instance }: ReplayAttempt): PolicyRequest {
  return { request: 'smtpd_access_policy', ...values, instance: String(instance), saslUsername: undefined }
}

/** What a verdict means for the message. */
export const endOfVerdict = {
  dunno: 'passed',
  prepend: 'passed',
  defer: 'deferred',
  reject: 'refused',
} as const satisfies Readonly<Record<Verdict['kind'], AttemptEnd>>
