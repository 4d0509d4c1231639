#!/usr/bin/env node
import { importCommand } from '../lib/cli/commands/import.js'
import { runTool } from '../lib/cli/run-tool.js'

await runTool(importCommand)
