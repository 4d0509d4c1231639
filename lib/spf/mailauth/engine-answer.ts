// What passes between the engine and our look-ups: its questions' answers, and the errors that it knows.

/** What the engine gets for a question: texts in strings, addresses, or mail hosts. */
export type EngineAnswer = readonly (string | readonly string[] | EngineMxRecord)[]
/** A mail host as the engine knows it. */
export interface EngineMxRecord {
  readonly priority: number
  readonly exchange: string
}

/** Ends the engine's evaluation with a result. The engine knows it by `spfResult`. */
export class EngineStop extends Error {
  readonly spfResult: { error: 'permerror' | 'temperror'; text: string }

  constructor(error: 'permerror' | 'temperror', text: string) {
    super(text)
    this.spfResult = { error, text }
  }
}

/** Tells the engine that a look-up found nothing; it counts these. */
export class NothingFound extends Error {
  readonly code = 'ENODATA'
}
