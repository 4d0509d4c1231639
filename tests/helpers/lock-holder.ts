// Holds a database file's write lock, as a process of its own: arguments are the file and for how many milliseconds.
// It says "locked" when it has the lock.
import { writeSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { openDatabase } from '../../lib/stores/sqlite/driver.js'

const [path = '', milliseconds] = process.argv.slice(2)
const database = openDatabase(path)
database.exec('BEGIN IMMEDIATE')
writeSync(1, 'locked\n')
await setTimeout(Number(milliseconds))
database.exec('COMMIT')
