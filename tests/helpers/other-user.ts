// A user without rights, for tests that run as root: nobody(8) of this machine.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** The policy user of a test. */
export const otherUser = { uid: 65_534, gid: 65_534 } as const

/** Why a test that becomes another user cannot run here; false if it can. */
export const lacksRoot: string | false =
  process.geteuid?.() === 0 ? false : 'only root can become another user'

/** A directory owned by root that all can enter. */
export function makeRootDirectory(t: Pick<Test, 'teardown'>): string {
  const directory = mkdtempSync(join(tmpdir(), 'tumgreyspf-rights-'))
  chmodSync(directory, 0o755)
  t.teardown(() => {
    rmSync(directory, { recursive: true, force: true })
  })
  return directory
}
