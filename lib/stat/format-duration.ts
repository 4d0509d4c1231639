// Durations for people.

const units: readonly (readonly [letter: string, seconds: number])[] = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
]

/** Whole units of the largest that the seconds exceed: "2d", "5m", "60s". */
export function formatDuration(seconds: number): string {
  const [letter, length] = units.find(([, unit]) => seconds > unit) ?? ['s', 1]
  return `${String(Math.floor(seconds / length))}${letter}`
}
