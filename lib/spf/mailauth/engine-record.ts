// A record in the form that the engine gets: the same terms in the same order, but each name to look up is replaced by
// a plain one of ours, which stands for it. So the engine never sees a stranger's text: macros, letter case, odd
// characters and over-long names are dealt with where the name is looked up.
import type { MacroPart } from '../macro-string.js'
import type { Directive, SpfRecord } from '../record.js'

/** What a name of ours stands for. */
export interface Target {
  /** What the engine will ask for: a record, a host's addresses, a domain's mail hosts, or whether one exists. */
  readonly kind: 'record' | 'address' | 'mail' | 'exists' | 'pointer'
  /** The macro string that names it; undefined for the domain itself. */
  readonly spec: readonly MacroPart[] | undefined
  /** The domain whose record it stands in. */
  readonly domain: string
}

/** A record for the engine. */
export interface EngineRecord {
  readonly text: string
  /** The name of ours for the target of redirect=, if there is one. */
  readonly redirect: string | undefined
}

/** Writes the record of a domain for the engine; `nameTarget` makes up a name for each target. */
export function writeEngineRecord(
  record: SpfRecord,
  domain: string,
  nameTarget: (target: Target) => string,
): EngineRecord {
  const terms = record.directives.map((directive) =>
    writeDirective(directive, (kind, spec) => nameTarget({ kind, spec, domain })),
  )
  const redirect = record.redirect && nameTarget({ kind: 'record', spec: record.redirect, domain })
  if (redirect !== undefined) terms.push(`redirect=${redirect}`)
  return { text: ['v=spf1', ...terms].join(' '), redirect }
}

function writeDirective(
  directive: Directive,
  nameTarget: (kind: Target['kind'], spec: readonly MacroPart[] | undefined) => string,
): string {
  const { qualifier, name } = directive
  switch (name) {
    case 'all':
      return `${qualifier}all`
    case 'include':
      return `${qualifier}include:${nameTarget('record', directive.target)}`
    case 'exists':
      return `${qualifier}exists:${nameTarget('exists', directive.target)}`
    case 'ptr':
      // The engine's own "ptr" takes a DNS error for a result, counts several as one lookup and, inside an include,
      // compares with the sender's domain. Asked whether something exists, it counts and matches as it should.
      return `${qualifier}exists:${nameTarget('pointer', directive.target)}`
    case 'a':
    case 'mx': {
      const target = nameTarget(name === 'a' ? 'address' : 'mail', directive.target)
      const { prefixLength4, prefixLength6 } = directive
      return `${qualifier}${name}:${target}/${String(prefixLength4)}//${String(prefixLength6)}`
    }
    case 'ip4':
      return `${qualifier}ip4:${directive.network}/${String(directive.prefixLength)}`
    case 'ip6':
      return writeNetwork6(qualifier, directive.network, directive.prefixLength)
  }
}

/** The engine takes an address with a dotted end for IPv4, and /0 for a single address: both are written otherwise. */
function writeNetwork6(qualifier: string, network: string, prefixLength: number): string {
  if (prefixLength === 0) return `${qualifier}ip6:::/1 ${qualifier}ip6:8000::/1`
  const hexadecimal = network.replace(
    /(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/,
    (_, ...parts: string[]) => `${writeGroup(parts[0], parts[1])}:${writeGroup(parts[2], parts[3])}`,
  )
  return `${qualifier}ip6:${hexadecimal}/${String(prefixLength)}`
}

function writeGroup(high = '', low = ''): string {
  return (Number(high) * 256 + Number(low)).toString(16)
}
