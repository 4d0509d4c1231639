// The results of configtest, one line each.

/** An error stops mail or a setting from working; a warning is probably a mistake. */
export type FindingLevel = 'ok' | 'warning' | 'error'

/** The result of one check. */
export interface Finding {
  readonly level: FindingLevel
  /** Subject first, without a line end. */
  readonly text: string
}

/** The line for a finding. */
export function formatFinding({ level, text }: Finding): string {
  return `${level.padEnd(8)} ${text}\n`
}

/** The finding as a JSON object on a line, with the fields level and text. */
export function formatFindingJson({ level, text }: Finding): string {
  return `${JSON.stringify({ level, text })}\n`
}

/** "no errors", "1 error, 2 warnings" and so on. */
export function sumUpFindings(findings: readonly Finding[]): string {
  const count = (level: FindingLevel): number => findings.filter((finding) => finding.level === level).length
  const name = (level: FindingLevel): string => {
    const number = count(level)
    return number === 0 ? `no ${level}s` : `${String(number)} ${level}${number === 1 ? '' : 's'}`
  }
  return `${name('error')}, ${name('warning')}`
}
