// A copy of the built programs with the packages they load, for a user who cannot read the checkout.
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout; the tests are in build/checked/tests of it. */
const checkout = fileURLToPath(new URL('../../../../', import.meta.url))

/** The built policy server. */
export const programPath = join(checkout, 'build/bin/tumgreyspf.js')

/** Copies the policy server with its packages into a world-readable directory; returns the command that starts it. */
export function copyProgram(directory: string): readonly string[] {
  for (const path of ['package.json', 'build/bin', ...listPackages()])
    cpSync(join(checkout, path), join(directory, path), { recursive: true })
  execFileSync('chmod', ['-R', 'a+rX', directory])
  return [copyNode(directory), join(directory, 'build/bin/tumgreyspf.js')]
}

/** The installed packages that the programs load, as paths under the checkout. */
function listPackages(): string[] {
  return readdirSync(join(checkout, 'node_modules'))
    .filter((name) => /^(?:@photostructure|node-gyp-build|node-unix-socket.*|syslog-client)$/.test(name))
    .map((name) => join('node_modules', name))
}

/** Node itself, copied only if others cannot reach it. */
function copyNode(directory: string): string {
  if (isReachableByAll(process.execPath)) return process.execPath
  const copy = join(directory, 'node')
  mkdirSync(directory, { recursive: true })
  copyFileSync(process.execPath, copy)
  chmodSync(copy, 0o755)
  return copy
}

function isReachableByAll(path: string): boolean {
  const isOpen = (statSync(path).mode & 0o001) !== 0
  return isOpen && (path === dirname(path) || isReachableByAll(dirname(path)))
}
