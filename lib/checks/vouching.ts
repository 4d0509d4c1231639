// Reasons to pass mail that the greylist would defer: a large sender's SPF, or that one of our users wrote to its sender.
// They are only looked for when the mail would be deferred.
import type { PassRule } from '../counters/counter-names.js'
import { isNamed } from '../net/client-name.js'
import type { CheckContext } from './checker.js'

const daySeconds = 86_400

/** A reason to pass the mail. */
export interface Voucher {
  readonly rule: Extract<PassRule, 'spf_domain' | 'learned'>
  /** In words. */
  readonly reason: string
}

/** The reason to pass the mail, if there is one. @throws StoreError */
export async function findVoucher(context: CheckContext): Promise<Voucher | undefined> {
  const domain = await findPassedDomain(context)
  if (domain !== undefined)
    return { rule: 'spf_domain', reason: `its client passes SPF for ${domain} (spfDomainWhiteList)` }
  return (await isAnswer(context))
    ? { rule: 'learned', reason: 'its recipient wrote to its sender (learnDays)' }
    : undefined
}

/** The first of spfDomainWhiteList whose SPF the client passes; those of the sender's domain are tried first. */
export async function findPassedDomain({
  request,
  settings,
  spf,
}: Pick<CheckContext, 'request' | 'settings' | 'spf'>): Promise<string | undefined> {
  const domains = settings.spfDomainWhiteList
  const senderDomain = request.sender?.slice(request.sender.lastIndexOf('@') + 1) ?? ''
  const isOwn = (domain: string): boolean =>
    isNamed(senderDomain, `.${domain}`) || isNamed(domain, `.${senderDomain}`)
  if (domains.length === 0) return undefined
  for (const domain of domains.filter(isOwn)) if (await spf.passesDomain(domain)) return domain
  for (const domain of await spf.mayPass(domains))
    if (!isOwn(domain) && (await spf.passesDomain(domain))) return domain
  return undefined
}

/** Whether the recipient wrote to the sender within learnDays, and SPF confirms the sender. */
async function isAnswer({ request, settings, store, spf, now }: CheckContext): Promise<boolean> {
  const { sender, recipient } = request
  if (settings.learnDays === 0 || !sender || !recipient) return false
  if (!(await store.hasLearned(recipient, sender, now - settings.learnDays * daySeconds))) return false
  return (await spf.ofSender())?.outcome.result === 'pass' && !(await spf.senderPassesAnybody())
}
