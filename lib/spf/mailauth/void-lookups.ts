// Lookups that find nothing, which the engine is told of, and what ends its evaluation.
import { escapeValue } from '../../log/escape.js'

/** A term may find nothing twice (section 4.6.4); the addresses of mail hosts count too. */
const maximumVoidLookups = 2

/** Ends the engine's evaluation with a result. The engine knows it by `spfResult`. */
export class EngineStop extends Error {
  readonly spfResult: { error: 'permerror' | 'temperror'; text: string }

  constructor(error: 'permerror' | 'temperror', text: string) {
    super(text)
    this.spfResult = { error, text }
  }
}

/** Tells the engine that a lookup found nothing; it counts these. */
export class NothingFound extends Error {
  readonly code = 'ENODATA'
}

/** Counts the lookups of one check that found nothing. */
export class VoidLookups {
  #count = 0

  /** Gives what was found. @throws EngineStop, NothingFound */
  count<T>(found: readonly T[], type: string, name: string): readonly T[] {
    if (found.length > 0) return found
    this.add(type, name)
    throw new NothingFound()
  }

  /** Counts one. @throws EngineStop */
  add(type: string, name: string): void {
    this.#count += 1
    if (this.#count > maximumVoidLookups)
      throw new EngineStop(
        'permerror',
        `more than ${String(maximumVoidLookups)} void lookups, the last one ${type} of ${escapeValue(name)}`,
      )
  }
}
