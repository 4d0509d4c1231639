// A real Postfix whose policy server checks SPF alone, by the zones of a real name server.
import type { Test } from 'tap'
import { Nsd } from './nsd.js'
import { IsolatedPostfix } from './postfix.js'

/** Starts a Postfix with these lines of settings besides; it is stopped when the test ends. */
export type StartPostfix = (t: Test, ...settings: readonly string[]) => Promise<IsolatedPostfix>

/** Serves a zone of example.net, and failing.example, whose zone is broken, until the test ends. */
export async function serveSpfZone(t: Test, zone: string): Promise<StartPostfix> {
  const nsd = await Nsd.start({ 'example.net': zone, 'failing.example': 'broken' })
  t.teardown(() => nsd.stop())
  return async (t, ...settings) => {
    const postfix = await IsolatedPostfix.start(
      ["checkers = ['spf']", `dnsServers = ['${nsd.address}']`, ...settings].join('\n'),
    )
    t.teardown(() => postfix.stop())
    return postfix
  }
}
