// Paths of directories as typed.

/** The path without slashes at its end; "/" stays. */
export function trimSlashes(path: string): string {
  let end = path.length
  while (end > 1 && path[end - 1] === '/') end -= 1
  return path.slice(0, end)
}
