#!/usr/bin/env node
import { configtestCommand } from '../lib/cli/commands/configtest.js'
import { runTool } from '../lib/cli/run-tool.js'

await runTool(configtestCommand)
