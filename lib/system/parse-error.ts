// What every parser throws for invalid text.

/** A place in a text; line and column count from 1, columns in characters. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A text cannot be used: what was expected; what came instead, unless the caller knows; and where, in a file. */
export class ParseError extends Error {
  constructor(
    readonly reason: string,
    got?: string,
    readonly position: Position = { line: 1, column: 1 },
  ) {
    super(got === undefined ? reason : `${reason}, got ${got}`)
  }
}

/** The result of a parser; undefined if its input is invalid. */
export function tryParse<Input, Value>(parse: (input: Input) => Value, input: Input): Value | undefined {
  try {
    return parse(input)
  } catch (error) {
    if (error instanceof ParseError) return undefined
    throw error
  }
}
