// Builds the programs: each of bin/ becomes one file in build/bin/, with what they share, and what is loaded only
// when it is needed, in files beside it.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { build, transform } from 'esbuild'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const outdir = 'build/bin'

// lmdb finds its native part with a package that looks through the disk. The place is known, so it is loaded from
// there; where it is not (another system), that package is asked as before.
const nativePart = {
  name: 'lmdb native part',
  setup(builder) {
    builder.onResolve({ filter: /^node-gyp-build-optional-packages$/ }, ({ path }) => ({
      path,
      namespace: 'native',
    }))
    builder.onLoad({ filter: /.*/, namespace: 'native' }, () => ({ contents: loadNativePart, loader: 'js' }))
  },
}
const loadNativePart = `
import { dirname } from 'node:path'
// By another name, since it is no package to bundle.
const requireInstalled = require
export default function load() {
  const { platform, arch, versions } = process
  try {
    return requireInstalled(\`@lmdb/lmdb-\${platform}-\${arch}/node.abi\${versions.modules}.glibc.node\`)
  } catch {
    const { resolve } = process.getBuiltinModule('node:module').createRequire(import.meta.url)
    return requireInstalled('node-gyp-build-optional-packages')(dirname(dirname(resolve('lmdb'))))
  }
}`

// mailauth's SPF code loads what the rest of mailauth needs: joi, libmime with its charset tables, tldts, and Node's
// HTTPS client. These stand in, with just what an SPF check calls. joi would check the domain, which is checked before
// mailauth sees it; libmime would fold a header that nobody reads; the others are not called.
const standIns = {
  joi: 'exports.string = () => ({ base64: () => undefined, domain: () => ({ validate: () => ({}) }) })',
  libmime: 'exports.foldLines = (text) => text',
  tldts: '',
  '../package': '',
  './parse-dkim-headers': '',
  'node:crypto': '',
  'node:https': '',
}
const withStandIns = {
  name: 'mailauth without what SPF does not use',
  setup(builder) {
    builder.onResolve({ filter: /./ }, ({ path, importer }) =>
      path in standIns && /\/mailauth\/lib\/(?:tools|spf\/index)\.js$/.test(importer)
        ? { path, namespace: 'stand-in' }
        : undefined,
    )
    builder.onLoad({ filter: /./, namespace: 'stand-in' }, ({ path }) => ({
      contents: standIns[path],
      loader: 'js',
    }))
  },
}

// What the driver of MongoDB loads before it knows whether it needs it; with each its cost, in milliseconds of processor
// time from start to first answer (of 58; what costs less than one is left as it is).
const whenCalled = (name) => `module.exports = new Proxy({}, {
  get: (_, property) => process.getBuiltinModule(${JSON.stringify(name)})[property],
})`
const driverStandIns = {
  // 5.3: a URL parser of its own, which is Node's written in JavaScript
  'whatwg-url': "module.exports = require('node:url')",
  // 3.4: Unicode tables for passwords
  '@mongodb-js/saslprep':
    "exports.saslprep = (...given) => require('@mongodb-js/saslprep').saslprep(...given)",
  // 2.1: for certificates in files
  'fs/promises': whenCalled('node:fs/promises'),
  // 2.3 together: for credentials from clouds, and for encrypted connections
  http: whenCalled('node:http'),
  tls: whenCalled('node:tls'),
}
const lighterDriver = {
  name: 'lighter mongodb driver',
  setup(builder) {
    builder.onResolve({ filter: /./ }, ({ path, importer, namespace, resolveDir }) =>
      path in driverStandIns &&
      namespace === 'file' &&
      /\/mongodb(?:-connection-string-url)?\/lib\//.test(importer)
        ? { path, namespace: 'driver stand-in', pluginData: resolveDir }
        : undefined,
    )
    builder.onLoad({ filter: /./, namespace: 'driver stand-in' }, ({ path, pluginData }) => ({
      contents: driverStandIns[path],
      loader: 'js',
      resolveDir: pluginData,
    }))
  },
}

// Keys and values are bytes to us, so what lmdb has for others is never called: its way to write objects, its cache of
// them, its order of them. Where its native part is, it need not find out.
const lmdbStandIns = {
  'node:module': 'export const createRequire = () => undefined',
  'node:url': "export const fileURLToPath = () => ''",
  msgpackr: 'export class Encoder {}',
  'weak-lru-cache': 'export class WeakLRUCache {}',
  'ordered-binary': `const none = () => undefined
    export { none as enableNullTermination, none as writeKey, none as readKey, none as toBufferKey }
    export { none as fromBufferKey, none as compareKeys }`,
}
const lighterStore = {
  name: 'lmdb without what bytes do not need',
  setup(builder) {
    builder.onResolve({ filter: /./ }, ({ path, importer }) =>
      path in lmdbStandIns && /\/lmdb\/[^/]*\.js$/.test(importer)
        ? { path, namespace: 'lmdb stand-in' }
        : undefined,
    )
    builder.onLoad({ filter: /./, namespace: 'lmdb stand-in' }, ({ path }) => ({
      contents: lmdbStandIns[path],
      loader: 'js',
    }))
  },
}

// esbuild puts what several parts share into a file for each set of parts that share it. Parts that are loaded when they
// are needed are told to need all of the policy server, which is there by then: so all of it is one file.
const onePart = {
  name: 'the policy server in one file',
  setup(builder) {
    const filter = /\/lib\/.*\/(?:lmdb-store|mongodb-store|mailauth-spf|dns-resolver|direct-query)\.ts$/
    builder.onLoad({ filter }, ({ path }) => ({
      contents: `import '${resolve('lib/cli/commands/tumgreyspf.ts')}'\n${readFileSync(path, 'utf8')}`,
      loader: 'ts',
    }))
  },
}

const options = {
  outdir,
  bundle: true,
  // Less to read at each start; names stay, for the log.
  minifyWhitespace: true,
  minifySyntax: true,
  platform: 'node',
  target: 'node20.19',
  external: [
    'node-unix-socket',
    'syslog-client',
    // What the driver of MongoDB can do without, and looks for when it is asked for: Kerberos, client-side encryption,
    // compression, proxies, the clouds' own ways to log in.
    'kerberos',
    'mongodb-client-encryption',
    'snappy',
    '@mongodb-js/zstd',
    'socks',
    '@aws-sdk/credential-providers',
    'gcp-metadata',
  ],
  define: { 'process.env.TUMGREYSPF_VERSION': JSON.stringify(version) },
  plugins: [nativePart, withStandIns, lighterDriver, lighterStore],
  legalComments: 'inline',
  logLevel: 'warning',
}
const esm = {
  format: 'esm',
  splitting: true,
  banner: {
    js: "import { createRequire as createRequireForPackages } from 'node:module';\nconst require = createRequireForPackages(import.meta.url);",
  },
}
// A CommonJS module knows its place as a path, which Node takes wherever it takes the address of a file.
const cjs = {
  define: {
    ...options.define,
    'import.meta.dirname': '__dirname',
    'import.meta.filename': '__filename',
    'import.meta.url': '__filename',
  },
}

rmSync(outdir, { recursive: true, force: true })
const policyServer = 'bin/tumgreyspf.ts'
await build({ ...options, ...cjs, format: 'cjs', entryPoints: [policyServer] })
await buildParts()
await buildTools(
  readdirSync('bin')
    .map((name) => `bin/${name}`)
    .filter((path) => path !== policyServer),
)
// Says itself what keeps it from that. Programs without it only start slower.
spawnSync(process.execPath, [`${outdir}/parts/write-code-cache.mjs`], { stdio: 'inherit' })

/** The policy server shares no files with the tools: the fewer it has to read, the sooner it answers. */
async function buildParts() {
  const { outputFiles } = await build({
    ...options,
    ...cjs,
    outdir: `${outdir}/parts`,
    entryPoints: { 'policy-server': 'lib/cli/commands/tumgreyspf.ts' },
    splitting: true,
    format: 'esm',
    plugins: [...options.plugins, onePart],
    write: false,
  })
  mkdirSync(`${outdir}/parts`)
  // The entry holds nothing but the name of the file that all parts share: that takes its place, as one file less to read.
  const entry = outputFiles.find(({ path }) => path.endsWith('/policy-server.js'))
  const shared = /^import\{main\}from"\.\/(chunk-\w+\.js)";export\{main\};\s*$/.exec(entry.text)?.[1]
  if (shared === undefined) throw new Error(`the policy server is no longer in one file: ${entry.text}`)
  for (const { path, text } of outputFiles) {
    if (path === entry.path) continue
    // Only ES modules are split, and only V8's code of scripts can be kept.
    const { code } = await transform(text.replaceAll(`"./${shared}"`, '"./policy-server.js"'), {
      format: 'cjs',
      platform: 'node',
      target: options.target,
      supported: { 'dynamic-import': false },
      minifyWhitespace: true,
      legalComments: 'inline',
    })
    writeFileSync(path.endsWith(shared) ? entry.path : path, code)
  }
  await build({
    ...options,
    ...esm,
    entryPoints: ['lib/system/write-code-cache.ts'],
    outdir: `${outdir}/parts`,
    outExtension: { '.js': '.mjs' },
  })
}

/** Each tool is loaded from a CommonJS module like that of the policy server, so that the two can share a directory. */
async function buildTools(entryPoints) {
  await build({
    ...options,
    ...esm,
    entryPoints,
    outdir: `${outdir}/tool-parts`,
    outExtension: { '.js': '.mjs' },
  })
  for (const path of entryPoints) {
    const name = basename(path, '.ts')
    writeFileSync(`${outdir}/${name}.js`, `#!/usr/bin/env node\nimport('./tool-parts/${name}.mjs')\n`, {
      mode: 0o755,
    })
  }
  writeFileSync(`${outdir}/package.json`, '{ "type": "commonjs" }\n')
}
