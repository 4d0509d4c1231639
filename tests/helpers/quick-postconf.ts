// postconf(1) without its pause: it reads a main.cf that was changed in the last two seconds again and again until that is
// older (dict_load_file_xt() in Postfix's src/util/dict.c), which is most of the time of a test that changes one.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Test } from 'tap'

const script = `#!/bin/sh
if [ "$1" = -c ] && [ -e "$2/main.cf" ]; then touch -d '1 hour ago' "$2/main.cf"; fi
PATH=/usr/sbin:/usr/local/sbin:$PATH exec postconf "$@"
`

/** The postconf that this process and its children run is the one without the pause. */
export function useQuickPostconf(t: Pick<Test, 'teardown'>): void {
  const directory = mkdtempSync(join(tmpdir(), 'quick-postconf-'))
  const path = join(directory, 'postconf')
  writeFileSync(path, script)
  chmodSync(path, 0o755)
  const before = process.env['PATH'] ?? ''
  process.env['PATH'] = directory + delimiter + before
  t.teardown(() => {
    process.env['PATH'] = before
    rmSync(directory, { recursive: true })
  })
}
