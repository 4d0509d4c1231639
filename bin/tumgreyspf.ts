#!/usr/bin/env node
// tumgreyspf: the policy server. This file keeps Node from writing to smtpd, whose socket descriptor 2 is under spawn(8),
// before it loads anything else, since that may fail.
import { closeSync, fstatSync, openSync } from 'node:fs'
import { PartLoader } from '../lib/system/load-part.js'
import type * as PolicyServer from '../lib/cli/commands/tumgreyspf.js'

if (fstatSync(2).isSocket()) {
  closeSync(2)
  // The lowest free descriptor is taken, which is 2.
  openSync('/dev/null', 'w')
}
// The build makes a CommonJS module of this, since Node starts those sooner.
const parts = new PartLoader(`${import.meta.dirname}/parts`, require)
const { main } = parts.require('./policy-server.js') as typeof PolicyServer
void main(process.argv.slice(2))
