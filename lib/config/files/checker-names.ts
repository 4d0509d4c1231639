// Whether a checker is in use at all: named by the settings file or by any file of the config directories.
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Log } from '../../log/log.js'
import type { CheckerName, Settings } from '../../settings/settings-table.js'
import { describeCause, errorCode } from '../../system/error.js'
import { ConfigFilesOnDisk } from './config-files.js'

/** Searches for the checker's name; what cannot be read is logged and skipped. */
export function isCheckerNamed(name: CheckerName, { checkers, configPath }: Settings, log: Log): boolean {
  if (checkers.includes(name)) return true
  if (configPath === undefined) return false
  const files = new ConfigFilesOnDisk(configPath, log)
  try {
    return readdirSync(configPath, { recursive: true, withFileTypes: true }).some((item) => {
      if (item.isDirectory()) return false
      const path = relative(configPath, join(item.parentPath, item.name))
      return files.readValues(path)?.checkers?.includes(name) === true
    })
  } catch (error) {
    if (errorCode(error) !== 'ENOENT')
      log('warning', `config: ${configPath}: cannot be listed: ${describeCause(error)}`)
    return false
  }
}
