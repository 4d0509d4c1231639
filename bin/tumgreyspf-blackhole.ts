#!/usr/bin/env node
import { blackholeCommand } from '../lib/cli/commands/blackhole.js'
import { runTool } from '../lib/cli/run-tool.js'

await runTool(blackholeCommand)
