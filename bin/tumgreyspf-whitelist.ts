#!/usr/bin/env node
import { whitelistCommand } from '../lib/cli/commands/whitelist.js'
import { runTool } from '../lib/cli/run-tool.js'

await runTool(whitelistCommand)
