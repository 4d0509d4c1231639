import { Bench } from './bench-run.js'
import { cleanUpAtExit } from './cleanup.js'
import { measureMemory } from './measure-memory.js'
import { measureRates } from './measure-rates.js'
import { measureStarts } from './measure-start.js'
import { floorSubject, ownSubject } from './own-subjects.js'
import { startSyslog } from './syslog.js'
cleanUpAtExit()
const bench = new Bench()
const syslogPath = await startSyslog()
const subjects = [
  floorSubject,
  ownSubject('greylist, LMDB', { checkers: ['greylist'], database: 'lmdb', syslogPath }),
  ownSubject('greylist, LMDB, no syslog', { checkers: ['greylist'], database: 'lmdb', syslogPath: '/nonexistent' }),
]
console.log(await measureStarts(bench, subjects, 20))
console.log(await measureMemory(bench, subjects, 20))
for (const { rounds, ...r } of await measureRates(bench, subjects, 3, 2)) console.log(r)
console.log(bench.answers, bench.faults)
process.exit()
