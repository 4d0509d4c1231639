#!/usr/bin/env node
import { cleanCommand } from '../lib/cli/commands/clean.js'
import { runTool } from '../lib/cli/run-tool.js'

await runTool(cleanCommand)
