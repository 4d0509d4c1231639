#!/usr/bin/env node
import { addipCommand } from '../lib/cli/commands/addip.js'
import { runTool } from '../lib/cli/run-tool.js'

await runTool(addipCommand)
