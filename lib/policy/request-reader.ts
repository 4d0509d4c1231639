// Cuts the stream of bytes from Postfix into requests: lines up to an empty one (SMTPD_POLICY_README).

/** A longer line (bytes) is not the policy protocol. */
export const maximumLineLength = 65_536
/** More lines than this without an empty one are not the policy protocol. */
export const maximumLines = 1_000

/** The lines of one request, as strings of bytes. */
export type RequestLines = readonly string[]

/** Takes the input in pieces of any size and gives the requests that they complete. */
export class RequestReader {
  #partialLine = ''
  #lines: string[] = []
  #error: string | undefined

  /** Why the input is not the policy protocol; undefined while it is. Nothing more is read after an error. */
  get error(): string | undefined {
    return this.#error
  }

  /** Lines and characters of a request that has not ended yet. */
  get isInsideRequest(): boolean {
    return this.#lines.length > 0 || this.#partialLine !== ''
  }

  /** Takes a piece of input (a string of bytes) and returns the requests that it ends, in order. */
  push(piece: string): RequestLines[] {
    const requests: RequestLines[] = []
    let start = 0
    for (
      let end = piece.indexOf('\n');
      end >= 0 && this.#error === undefined;
      end = piece.indexOf('\n', start)
    ) {
      const line = this.#partialLine + piece.slice(start, end)
      this.#partialLine = ''
      start = end + 1
      this.#endLine(line, requests)
    }
    if (this.#error !== undefined) return requests
    this.#partialLine += piece.slice(start)
    if (this.#partialLine.length > maximumLineLength) this.#setLineError()
    return requests
  }

  /** The length includes trailing blanks, as while the line is still incomplete. */
  #endLine(line: string, requests: RequestLines[]): void {
    const text = trimEnd(line)
    if (line.length > maximumLineLength) this.#setLineError()
    else if (text === '') {
      requests.push(this.#lines)
      this.#lines = []
    } else if (this.#lines.push(text) > maximumLines)
      this.#error = `more than ${String(maximumLines)} lines without an empty one`
  }

  #setLineError(): void {
    this.#error = `a line of more than ${String(maximumLineLength)} bytes`
  }
}

/** Drops blanks and carriage returns at the end, as both older programs did. */
function trimEnd(line: string): string {
  let end = line.length
  while (end > 0 && isBlank(line.charCodeAt(end - 1))) end -= 1
  return end === line.length ? line : line.slice(0, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d
}
