// A strict reader of OpenMetrics 1.0 text, as far as counters, gauges and histograms go.

/** One sample: its name, its labels as written, its value. */
export interface OpenMetricsSample {
  readonly name: string
  readonly labels: string
  readonly value: number
}

const suffixes: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count', '_created'],
}
const headPattern = /^# (HELP|TYPE|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/
const samplePattern =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\+Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/

/** Reads a text. @throws Error that names the first line that is wrong */
export function parseOpenMetrics(text: string): OpenMetricsSample[] {
  if (!text.endsWith('\n# EOF\n')) throw new Error('expected # EOF as the last line')
  const samples: OpenMetricsSample[] = []
  const taken = new Set<string>()
  const seen = new Set<string>()
  let family:
    { readonly name: string; type?: string; readonly heads: Set<string>; hasSamples: boolean } | undefined
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const refuse = (why: string): never => {
      throw new Error(`${why}: ${line}`)
    }
    const [, head, headName = '', rest = ''] = headPattern.exec(line) ?? []
    if (head !== undefined) {
      if (family?.name !== headName) {
        if (family !== undefined && !family.hasSamples) refuse('a family without samples before')
        if (taken.has(headName)) refuse('a name that another family has')
        taken.add(headName)
        family = { name: headName, heads: new Set(), hasSamples: false }
      }
      if (family.hasSamples) refuse('a head behind samples')
      if (family.heads.has(head)) refuse('a head that was there')
      family.heads.add(head)
      if (head !== 'TYPE') continue
      family.type = rest
      if (suffixes[rest] === undefined) refuse('an unknown type')
      for (const suffix of suffixes[rest] ?? []) {
        if (suffix !== '' && taken.has(headName + suffix)) refuse('a name that another family has')
        taken.add(headName + suffix)
      }
      continue
    }
    const found = samplePattern.exec(line) ?? refuse('neither head nor sample')
    const [, name = '', labels = '', value = ''] = found
    if (family?.type === undefined || !family.heads.has('HELP'))
      return refuse('a sample without HELP and TYPE')
    const { name: familyName } = family
    if (!suffixes[family.type]?.some((suffix) => name === familyName + suffix))
      refuse(`no sample of the ${family.type} ${familyName}`)
    if (seen.has(`${name}{${labels}}`)) refuse('a sample that was there')
    seen.add(`${name}{${labels}}`)
    family.hasSamples = true
    const number = value === '+Inf' ? Infinity : Number(value)
    if (family.type !== 'gauge' && number < 0) refuse('a negative count')
    if (name.endsWith('_bucket') && !/^le="(?:\+Inf|\d+\.\d+)"$/.test(labels))
      refuse('a bucket without a canonical limit')
    const before = samples.at(-1)
    if (name.endsWith('_bucket') && before?.name === name && before.value > number)
      refuse('buckets that do not add up')
    if (family.type === 'histogram' && name.endsWith('_sum') && before?.labels !== 'le="+Inf"')
      refuse('no bucket without a limit before')
    samples.push({ name, labels, value: number })
  }
  return samples
}
