#!/usr/bin/env node
// tumgreyspf: the policy server. This file keeps Node from writing to smtpd, whose socket descriptor 2 is under spawn(8),
// before it loads anything else, since that may fail.
import { closeSync, fstatSync, openSync } from 'node:fs'

if (fstatSync(2).isSocket()) {
  closeSync(2)
  // The lowest free descriptor is taken, which is 2.
  openSync('/dev/null', 'w')
}
const { main } = await import('../lib/edge/policy-server.js')
await main(process.argv.slice(2))
