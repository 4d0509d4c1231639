// postgrey's options, as /etc/default/postgrey or a command line has them (postgrey(8), version 1.37).

/** The options that postgrey is started with. */
export interface PostgreyOptions {
  /** By name without dashes; the last one counts. */
  readonly values: ReadonlyMap<string, string>
  readonly clientFiles: readonly string[]
  readonly recipientFiles: readonly string[]
}

const shortNames: Readonly<Record<string, string>> = {
  u: 'unix',
  i: 'inet',
  d: 'daemonize',
  v: 'verbose',
  q: 'quiet',
}
/** Options without a value. */
const flags = [
  'help',
  'version',
  'verbose',
  'quiet',
  'daemonize',
  'lookup-by-subnet',
  'lookup-by-host',
  'privacy',
  'exim',
]

/** Reads the shell text of /etc/default/postgrey. */
export function readPostgreyDefaults(text: string): PostgreyOptions {
  const variables = readAssignments(text)
  const options = parsePostgreyOptions(splitWords(variables.get('POSTGREY_OPTS') ?? ''))
  const greylistText = variables.get('POSTGREY_TEXT')
  return greylistText === undefined
    ? options
    : { ...options, values: new Map([...options.values, ['greylist-text', greylistText]]) }
}

/** Reads the words of a command line. */
export function parsePostgreyOptions(words: readonly string[]): PostgreyOptions {
  const values = new Map<string, string>()
  const files = { 'whitelist-clients': [] as string[], 'whitelist-recipients': [] as string[] }
  const rest = words.values()
  for (const word of rest) {
    const [, long, short, given] = /^(?:--([^=]+)|-(\w))(?:=(.*))?$/s.exec(word) ?? []
    const name = long ?? shortNames[short ?? '']
    if (name === undefined) continue
    const value = given ?? (flags.includes(name) ? '' : (rest.next().value ?? ''))
    if (name === 'whitelist-clients' || name === 'whitelist-recipients') files[name].push(value)
    else values.set(name, value)
  }
  return { values, clientFiles: files['whitelist-clients'], recipientFiles: files['whitelist-recipients'] }
}

/** NAME=VALUE lines of a shell; a value may use variables of earlier lines. */
function readAssignments(text: string): Map<string, string> {
  const variables = new Map<string, string>()
  for (const line of text.replaceAll('\\\n', ' ').split('\n')) {
    const [, name = '', value = ''] = /^\s*(?:export\s+)?(\w+)=(.*)$/.exec(line) ?? []
    if (name === '') continue
    const quote = value[0]
    const end = quote === '"' || quote === "'" ? value.indexOf(quote, 1) : -1
    const read = end > 0 ? value.slice(1, end) : (value.split(' #', 1)[0] ?? '').trim()
    const known = (_: string, variable: string): string => variables.get(variable) ?? ''
    variables.set(name, quote === "'" ? read : read.replace(/\$\{?(\w+)\}?/g, known))
  }
  return variables
}

/** Words as a shell splits them, with quotes. */
function splitWords(text: string): string[] {
  return [...text.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word.replace(/['"]/g, ''))
}
