#!/usr/bin/env node
// tumgreyspf: the policy server. Nothing may write to smtpd but the replies, so that comes before anything is loaded,
// which may fail.
import { keepOutputForReplies } from '../lib/policy/stdio.js'
import { PartLoader } from '../lib/system/load-part.js'
import type * as PolicyServer from '../lib/cli/commands/tumgreyspf.js'

keepOutputForReplies()
// The build makes a CommonJS module of this, since Node starts those sooner.
const parts = new PartLoader(`${import.meta.dirname}/parts`, require)
const { main } = parts.require('./policy-server.js') as typeof PolicyServer
void main(process.argv.slice(2))
