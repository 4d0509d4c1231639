#!/usr/bin/env node
import { replayCommand } from '../lib/cli/commands/replay.js'
import { runTool } from '../lib/cli/run-tool.js'

await runTool(replayCommand)
