// Messages as a log shows them: what one sender tried to send to one recipient, attempt by attempt, until it passed, was
// refused or was given up. Other settings let a message pass at another of its attempts, or at none of them.
import type { StoredEntry } from '../stores/store.js'
import { loggedEnd, type LoggedAttempt } from './logged-attempt.js'

/** One message; its attempts are those with its index. */
export interface LoggedMessage {
  readonly senderDomain: string
  /** Its attempts began before the logs: they do not tell how it came in, so it is not counted. */
  readonly isPartial: boolean
}

/** An attempt to be replayed. */
export interface ReplayAttempt extends LoggedAttempt {
  readonly messageIndex: number
  readonly isFirst: boolean
  /** The log lets it pass as known, and does not tell since when: its entry is older than the logs. */
  readonly isKnownBefore: boolean
}

/** How an attempt is keyed under the settings that wrote the logs. */
export type LoggedKey = (attempt: LoggedAttempt) => string

/** Half a day, as long as 1.38 waits for a retry: attempts further apart are two messages. */
const messageSeconds = 43_200

interface OpenMessage {
  readonly index: number
  latest: number
}

/** Finds the messages; the attempts are in order of time. */
export function findMessages(
  attempts: readonly LoggedAttempt[],
  keyOf: LoggedKey,
): { readonly messages: readonly LoggedMessage[]; readonly attempts: readonly ReplayAttempt[] } {
  const messages: LoggedMessage[] = []
  const open = new Map<string, OpenMessage>()
  const seenKeys = new Set<string>()
  const found = attempts.map((attempt): ReplayAttempt => {
    const { time, values, instance, spf, isSpfWhitelisted, verdict } = attempt
    const { sender = '', recipient = '' } = values
    // The network is no part of it: some senders try again from another.
    const name = `${sender}\n${recipient}`
    const key = keyOf(attempt)
    const isNewKey = !seenKeys.has(key)
    seenKeys.add(key)
    const known = open.get(name)
    const isFirst = known === undefined || time - known.latest > messageSeconds
    const message = isFirst ? { index: messages.length, latest: time } : known
    message.latest = time
    if (isFirst)
      messages.push({ senderDomain: domainOf(sender), isPartial: verdict === 'pending' && isNewKey })
    if (loggedEnd(attempt) === 'deferred') open.set(name, message)
    else open.delete(name)
    const isKnownBefore = verdict === 'allowed' && isNewKey && isFirst
    // Field by field: V8 takes several times the memory for what is made with "...".
    return {
      time,
      values,
      instance,
      spf,
      isSpfWhitelisted,
      verdict,
      messageIndex: message.index,
      isFirst,
      isKnownBefore,
    }
  })
  return { messages, attempts: found }
}

/** The sender's domain; "<>" for the null sender. */
function domainOf(sender: string): string {
  return sender === '' ? '<>' : sender.slice(sender.lastIndexOf('@') + 1)
}

/** The entry that stands in for one from before the logs: it came back once, just before. */
export function knownEntry(now: number, clientAddress: string): StoredEntry['entry'] {
  return { clientAddress, firstSeen: undefined, allowedFrom: now - 1, lastSeen: now - 1, count: undefined }
}
