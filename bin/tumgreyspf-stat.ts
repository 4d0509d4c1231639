#!/usr/bin/env node
import { statCommand } from '../lib/cli/commands/stat.js'
import { runTool } from '../lib/cli/run-tool.js'

await runTool(statCommand)
