#!/usr/bin/env node
import { installCommand } from '../lib/cli/commands/install.js'
import { runTool } from '../lib/cli/run-tool.js'

await runTool(installCommand)
