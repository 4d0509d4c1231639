// What we use of mailauth, whose own types do not cover the file alone.
declare module 'mailauth/lib/spf/index.js' {
  import type { EngineAnswer } from './engine-answer.js'

  /** check_host(); the resolver's errors with `spfResult` become the result. */
  export const spf: (options: {
    readonly sender: string
    readonly ip: string
    readonly helo: string
    readonly mta: string
    readonly resolver: (name: string, type: string) => Promise<EngineAnswer>
  }) => Promise<{ readonly status: { readonly result: string; readonly comment?: string } }>
}
