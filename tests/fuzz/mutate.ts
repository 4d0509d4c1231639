// Inputs from inputs: bytes changed, moved, doubled or left out, words of the sources put in, two inputs joined.

/** Whole numbers from 0 to below a bound, the same row for the same seed. */
export type Draw = (bound: number) => number

/** Draws by Marsaglia's xorshift, 32 bits. */
export function drawFrom(seed: number): Draw {
  let state = seed | 1
  return (bound) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % Math.max(bound, 1)
  }
}

/** Longer inputs find no more, and take longer. */
const longestInput = 4_096

/** Another input, made of one or two of the corpus. */
export function mutate(corpus: readonly Buffer[], words: readonly Buffer[], draw: Draw): Buffer {
  const pick = <T>(items: readonly T[]): T | undefined => items[draw(items.length)]
  let input = Buffer.from(pick(corpus) ?? '')
  for (let changes = 1 + draw(6); changes > 0; changes -= 1) {
    const at = draw(input.length + 1)
    const end = Math.min(at + 1 + draw(16), input.length)
    const [before, middle, after] = [input.subarray(0, at), input.subarray(at, end), input.subarray(end)]
    switch (draw(8)) {
      case 0:
        if (at < input.length) input[at] = draw(256)
        break
      case 1:
        if (at < input.length) input[at] = (input[at] ?? 0) ^ (1 << draw(8))
        break
      case 2:
        input = Buffer.concat([before, Buffer.from([draw(256)]), middle, after])
        break
      case 3:
        input = Buffer.concat([before, after])
        break
      case 4:
        input = Buffer.concat([before, ...Array.from({ length: 1 + draw(8) }, () => middle), after])
        break
      case 5:
      case 6:
        input = Buffer.concat([
          before,
          pick(words) ?? Buffer.alloc(0),
          draw(2) === 0 ? middle : Buffer.alloc(0),
          after,
        ])
        break
      default: {
        const other = pick(corpus) ?? Buffer.alloc(0)
        input = Buffer.concat([before, other.subarray(draw(other.length))])
      }
    }
  }
  return input.subarray(0, longestInput)
}
