// The command line of the bench.
import { parseArgs } from 'node:util'

/** The parts of the bench that --only can choose. */
export const partNames = ['start', 'memory', 'rate', 'growth', 'whitelist', 'pairs', 'tools'] as const
/** One part. */
export type PartName = (typeof partNames)[number]

/** The options of the bench. */
export interface Options {
  readonly parts: readonly PartName[]
  readonly isJson: boolean
  readonly svgFile: string | undefined
  /** Another build to measure beside the built one. */
  readonly beside: readonly string[] | undefined
  readonly starts: number
  readonly processes: number
  readonly rounds: number
  readonly seconds: number
  readonly entries: readonly number[]
}

const help = `usage: make bench BENCH="[OPTION...]"

--quick           fewer and shorter rounds
--full            also a store of 10,000,000 entries
--only PART       of ${partNames.join(', ')}; may be repeated
--beside COMMAND  another build, measured with the greylist on SQLite in the same turns
--json            results for machines on standard output
--svg FILE        also writes a plot
--help            shows this help
`

/** Reads the command line; shows help and ends on request. @throws Error for wrong usage */
export function readOptions(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      beside: { type: 'string' },
      json: { type: 'boolean', default: false },
      svg: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    process.exit(0)
  }
  const parts = values.only.map((name) => {
    const part = partNames.find((known) => known === name)
    if (part === undefined) throw new Error(`--only: expected one of ${partNames.join(', ')}, got "${name}"`)
    return part
  })
  return {
    parts: parts.length === 0 ? partNames : parts,
    isJson: values.json,
    svgFile: values.svg,
    beside: values.beside?.split(' ').filter((word) => word !== ''),
    starts: values.quick ? 10 : 30,
    processes: 20,
    rounds: values.quick ? 2 : 5,
    seconds: values.quick ? 1 : 3,
    entries: [10_000, 1_000_000, ...(values.full ? [10_000_000] : [])],
  }
}
