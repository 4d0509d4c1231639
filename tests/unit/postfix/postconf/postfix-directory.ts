// Makes Postfix configuration directories for tests, from what Postfix itself ships.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const shippedMaster = [
  '/usr/share/postfix/master.cf.dist',
  '/etc/postfix/master.cf.proto',
  '/etc/postfix/master.cf',
].find((path) => existsSync(path))

/** Why the tests with Postfix cannot run here; false if they can. */
export const lacksPostfix: string | false =
  spawnSync('/usr/sbin/postconf', ['-d', 'mail_version']).status === 0 && shippedMaster !== undefined
    ? false
    : 'no Postfix'

/** A directory with main.cf as given and the master.cf that Postfix ships, with more lines. */
export class PostfixDirectory {
  readonly path = mkdtempSync(join(tmpdir(), 'postfix-'))

  constructor(main: string, moreOfMaster = '', change: (master: string) => string = (text) => text) {
    writeFileSync(join(this.path, 'main.cf'), main)
    const master = change(readFileSync(shippedMaster ?? '', 'utf8'))
    writeFileSync(join(this.path, 'master.cf'), master + moreOfMaster)
  }

  read(file: string): string {
    return readFileSync(join(this.path, file), 'utf8')
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.path, file), text)
  }

  /** Runs postconf on the directory; its warnings come with the output. */
  postconf(...args: string[]): string {
    const { stdout, stderr } = spawnSync('postconf', ['-c', this.path, ...args], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
    })
    return (stdout + stderr).trim()
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
