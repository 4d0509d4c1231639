// What we use of mailauth, whose own types do not cover this file alone.
declare module 'mailauth/lib/spf/index.js' {
  /** What the engine gets for a lookup: texts in strings, addresses, or mail hosts. */
  export type EngineAnswer = readonly (string | readonly string[] | EngineMxRecord)[]
  /** A mail host as the engine knows it. */
  export interface EngineMxRecord {
    readonly priority: number
    readonly exchange: string
  }

  /** check_host(); an error of the resolver that has `spfResult` becomes the result. */
  export const spf: (options: {
    readonly sender: string
    readonly ip: string
    readonly helo: string
    readonly mta: string
    readonly resolver: (name: string, type: string) => Promise<EngineAnswer>
  }) => Promise<{ readonly status: { readonly result: string; readonly comment?: string } }>
}
