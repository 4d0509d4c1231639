// What tumgreyspf-install did to one Postfix, kept beside its main.cf: the changes, and copies of the files as they
// were, so that all can be taken back to the byte as long as nobody else has edited them.
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  chownSync,
  writeFileSync,
} from 'node:fs'
import { isSameValue, type Change, type PostfixFile } from '../change.js'

const postfixFiles: readonly PostfixFile[] = ['main.cf', 'master.cf']

/** A file's copy, and what the file was when the last change had been made. */
interface BackedUpFile {
  readonly backup: string
  /** SHA-256; undefined if others edited it between two installations. */
  readonly digest: string | undefined
}

interface InstallRecord {
  readonly changes: readonly Change[]
  readonly files: Partial<Readonly<Record<PostfixFile, BackedUpFile>>>
}

const recordName = 'tumgreyspf-install.json'

/** The record of one configuration directory. */
export class InstallRecorder {
  readonly #record: InstallRecord

  /** Reads what is there. @throws Error if it cannot be read */
  constructor(readonly configDirectory: string) {
    const path = this.#path(recordName)
    this.#record = existsSync(path)
      ? (JSON.parse(readFileSync(path, 'utf8')) as InstallRecord)
      : { changes: [], files: {} }
  }

  /** What earlier installations changed. */
  get changes(): readonly Change[] {
    return this.#record.changes
  }

  /** Makes `change` happen between a backup and a record of it. `suffix` tells this backup from others. */
  record(changes: readonly Change[], suffix: string, make: () => void): void {
    const files: Partial<Record<PostfixFile, BackedUpFile>> = {}
    // A file that others edited between two installations cannot be put back to the byte.
    const ours = postfixFiles.filter((file) => {
      const known = this.#record.files[file]
      return known === undefined || known.digest === this.#digest(file)
    })
    for (const file of postfixFiles) {
      const known = this.#record.files[file]
      const backup = known?.backup ?? `${file}.before-tumgreyspf-${suffix}`
      if (known === undefined) copyWithOwner(this.#path(file), this.#path(backup))
      files[file] = { backup, digest: undefined }
    }
    const merged = mergeChanges(this.#record.changes, changes)
    // Written before the first change, so that a run that breaks off can be taken back.
    this.#write({ changes: merged, files })
    make()
    for (const file of ours) {
      const done = files[file]
      if (done !== undefined) files[file] = { ...done, digest: this.#digest(file) }
    }
    this.#write({ changes: merged, files })
  }

  /** The files that nobody has edited since: these can be put back as they were. */
  get untouchedFiles(): readonly PostfixFile[] {
    return postfixFiles.filter((file) => {
      const known = this.#record.files[file]
      return (
        known?.digest !== undefined &&
        known.digest === this.#digest(file) &&
        existsSync(this.#path(known.backup))
      )
    })
  }

  /** Puts a file back as it was before the first change. */
  restore(file: PostfixFile): void {
    const backup = this.#record.files[file]?.backup
    if (backup !== undefined) renameSync(this.#path(backup), this.#path(file))
  }

  /** Forgets what was done; backups of files that were not put back stay. */
  forget(): void {
    rmSync(this.#path(recordName), { force: true })
  }

  #write(record: InstallRecord): void {
    const temporary = this.#path(`${recordName}.new`)
    writeFileSync(temporary, JSON.stringify(record, undefined, 2) + '\n', { mode: 0o644, flush: true })
    renameSync(temporary, this.#path(recordName))
  }

  #digest(file: PostfixFile): string {
    return createHash('sha256')
      .update(readFileSync(this.#path(file)))
      .digest('hex')
  }

  #path(name: string): string {
    return `${this.configDirectory}/${name}`
  }
}

/** A value that was changed twice goes back to what it was at first. */
function mergeChanges(earlier: readonly Change[], later: readonly Change[]): Change[] {
  const merged = new Map(earlier.map((change) => [`${change.target} ${change.name}`, change]))
  for (const change of later) {
    const key = `${change.target} ${change.name}`
    const first = merged.get(key)
    const isContinued = first !== undefined && isSameValue(first.after, change.before)
    merged.set(key, isContinued ? { ...change, before: first.before } : change)
  }
  return [...merged.values()]
}

function copyWithOwner(from: string, to: string): void {
  copyFileSync(from, to)
  const { uid, gid } = statSync(from)
  if (process.geteuid?.() === 0) chownSync(to, uid, gid)
}
