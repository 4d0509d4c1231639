// Loads the parts of the policy server: modules that the build has put beside each other, each with the code that V8
// made of it at installation (write-code-cache.ts). Compiling is most of a start; with its code a part runs at once.
// Node's own module.enableCompileCache() gains no more (a start takes 1.7 times that of a program that only answers, 2.5
// times without either), is not in Node 20, and looks for code under the number of the user that the process runs as.
import { readFileSync } from 'node:fs'
import { Script } from 'node:vm'

/** What CommonJS gives to a module. */
type Require = (name: string) => unknown
type ModuleBody = (exports: object, require: Require, module: object, filename: string) => void

/** The parts of one directory, each loaded once. */
export class PartLoader {
  /** The parts that are loaded, by file name. */
  readonly scripts = new Map<string, Script>()
  readonly #modules = new Map<string, { exports: object }>()

  /** `requireOther` loads what is no part: packages and Node's own modules. */
  constructor(
    readonly directory: string,
    readonly requireOther: Require,
  ) {}

  /** What require() is to a part: names of parts start with a dot. */
  readonly require: Require = (name) =>
    name.startsWith('.') ? this.#load(name.slice(name.lastIndexOf('/') + 1)) : this.requireOther(name)

  #load(name: string): object {
    const loaded = this.#modules.get(name)
    if (loaded !== undefined) return loaded.exports
    const filename = `${this.directory}/${name}`
    // The build writes ASCII.
    const source = `(function (exports, require, module, __filename) {${readFileSync(filename, 'latin1')}\n})`
    const cachedData = readCode(filename)
    // V8 looks whether the code was made by its own version with the same flags, and compiles if not.
    const script = new Script(source, cachedData === undefined ? { filename } : { filename, cachedData })
    const module = { exports: {} }
    this.scripts.set(name, script)
    this.#modules.set(name, module)
    const body = script.runInThisContext() as ModuleBody
    body(module.exports, this.require, module, filename)
    return module.exports
  }
}

/** Where the code of a part is kept. */
export function codePath(filename: string): string {
  return `${filename}.${process.platform}-${process.arch}.code`
}

function readCode(filename: string): Buffer | undefined {
  try {
    return readFileSync(codePath(filename))
  } catch {
    // It was not made, which costs time and nothing else.
    return undefined
  }
}
