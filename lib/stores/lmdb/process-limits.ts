// What the process may use by the limits that it was started with (setrlimit(2), "ulimit"). LMDB does not survive to hit
// one: where it might, it is not let try.
import { readdirSync, readFileSync } from 'node:fs'

/** Each Infinity where there is none, or where the system does not tell. */
export interface ProcessLimits {
  /** How long a file may become by writing, in bytes. */
  readonly fileLength: number
  /** Memory that is only mapped counts, in bytes. */
  readonly addressSpace: number
  readonly openFiles: number
}

let known: ProcessLimits | undefined

/** The limits as they were when first asked for. */
export function processLimits(): ProcessLimits {
  return (known ??= readLimits())
}

/** The limits as they are now: an administrator may have raised them (prlimit(1)). */
export function readProcessLimitsAgain(): ProcessLimits {
  known = undefined
  return processLimits()
}

/** More than the process ever opens: with such a limit nobody has to count. */
const plentyOfFiles = 64

/** Checks that so many more files can be opened. @throws Error */
export function checkOpenFiles(count: number): void {
  if (processLimits().openFiles >= plentyOfFiles) return
  const { openFiles } = readProcessLimitsAgain()
  if (openFiles < plentyOfFiles && readdirSync('/proc/self/fd').length + count > openFiles)
    throw new Error(`no more than ${String(openFiles)} files can be open (ulimit -n)`)
}

function readLimits(): ProcessLimits {
  let text = ''
  try {
    text = readFileSync('/proc/self/limits', 'latin1')
  } catch {
    // Not every system tells; then LMDB has to try.
  }
  const read = (name: string): number => {
    const [, value] = new RegExp(`^Max ${name} +(\\d+)`, 'm').exec(text) ?? []
    return value === undefined ? Infinity : Number(value)
  }
  return {
    fileLength: read('file size'),
    addressSpace: read('address space'),
    openFiles: read('open files'),
  }
}
