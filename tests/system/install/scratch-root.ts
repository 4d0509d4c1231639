// A scratch copy of the whole machine for tests: an overlay on "/" in a mount namespace of its own. Nothing else
// sees the installation, which is removed with it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The result of a script. */
export interface ScriptResult {
  readonly status: number | null
  readonly output: string
}

// The overlay's changes are kept in memory: an overlay cannot keep them on a file system that is one itself.
const enterScript = `
set -eu
mount -t tmpfs none "$SCRATCH"
mkdir "$SCRATCH/changes" "$SCRATCH/work" "$SCRATCH/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$SCRATCH/changes,workdir=$SCRATCH/work" "$SCRATCH/root"
for place in /dev /proc; do mount --rbind $place "$SCRATCH/root$place"; done
# The checkout may be on a file system of its own.
mount --bind "$PWD" "$SCRATCH/root$PWD"
exec chroot "$SCRATCH/root" sh -c 'cd "$1" && exec sh -eux' sh "$PWD"
`

/** Runs a shell script, all lines of which must succeed, as root of a fresh copy of the machine. */
export function runInScratchRoot(script: string): ScriptResult {
  const scratch = mkdtempSync(join(tmpdir(), 'scratch-root-'))
  const { status, stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', enterScript], {
    input: script,
    encoding: 'utf8',
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', SCRATCH: scratch },
    maxBuffer: 2 ** 26,
  })
  rmSync(scratch, { recursive: true, force: true })
  return { status, output: stdout + '\n' + stderr }
}

/** Why there can be no scratch root here; false if there can. */
export function lacksScratchRoot(): string | false {
  if (process.getuid?.() !== 0) return 'not root: no scratch root'
  return runInScratchRoot('true').status === 0 ? false : 'this machine allows no overlay mounts'
}
