// The record of tumgreyspf-install for one Postfix, kept beside its main.cf: the changes, and copies of the original files,
// which can be restored byte for byte as long as they are not edited.
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

/** A file's copy, and the state of the file after the last change. */
interface BackedUpFile {
  readonly backup: string
  /** SHA-256; undefined if the file was edited between two installations. */
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

  /** Reads the record. @throws Error if it cannot be read */
  constructor(readonly configDirectory: string) {
    const path = this.#path(recordName)
    this.#record = existsSync(path)
      ? (JSON.parse(readFileSync(path, 'utf8')) as InstallRecord)
      : { changes: [], files: {} }
  }

  /** The changes of earlier installations. */
  get changes(): readonly Change[] {
    return this.#record.changes
  }

  /** Runs `change` between a backup and its record. `suffix` distinguishes this backup from others. */
  record(changes: readonly Change[], suffix: string, make: () => void): void {
    const files: Partial<Record<PostfixFile, BackedUpFile>> = {}
    // A file that was edited between two installations cannot be restored byte for byte.
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
    // Written before the first change, so that an interrupted run can be undone.
    this.#write({ changes: merged, files })
    make()
    for (const file of ours) {
      const done = files[file]
      if (done !== undefined) files[file] = { ...done, digest: this.#digest(file) }
    }
    this.#write({ changes: merged, files })
  }

  /** The files that were not edited since and can be restored. */
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

  /** Restores a file to its state before the first change. */
  restore(file: PostfixFile): void {
    const backup = this.#record.files[file]?.backup
    if (backup !== undefined) renameSync(this.#path(backup), this.#path(file))
  }

  /** Removes the record; backups of files that were not restored are kept. */
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

/** A value that was changed twice is restored to its first value. */
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
