// Builds the programs: each of bin/ becomes one file in build/bin/, with what they share, and what is loaded only
// when it is needed, in files beside it.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { build, transform } from 'esbuild'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const outdir = 'build/bin'

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

// The driver of MongoDB reads its address with a URL parser of its own, three times the weight of all our code, which
// is Node's parser written in JavaScript; it unpacks Unicode tables for passwords, also where there is none; and it
// loads what encrypted, compressed, SRV and AWS connections need before it knows that it has one. Files in the database
// and encryption by the client cannot be asked for in a settings file.
const whenCalled = (name) => `module.exports = new Proxy({}, {
  get: (_, property) => process.getBuiltinModule(${JSON.stringify(name)})[property],
})`
const driverStandIns = {
  'whatwg-url': "module.exports = require('node:url')",
  // What the driver asks of it when it is loaded, Node has without its promises, which it would have to load.
  fs: `const fs = require('node:fs')
    exports.promises = {
      access: async (path, mode) => fs.accessSync(path, mode),
      readFile: async (...given) => fs.readFileSync(...given),
    }`,
  http: whenCalled('node:http'),
  tls: whenCalled('node:tls'),
  dns: whenCalled('node:dns'),
  'fs/promises': whenCalled('node:fs/promises'),
  zlib: `const zlib = ${'(name) => (...given) => process.getBuiltinModule("node:zlib")[name](...given)'}
    exports.inflate = zlib('inflate')
    exports.deflate = zlib('deflate')`,
  aws4: "exports.sign = (...given) => require('aws4').sign(...given)",
  './gridfs': '',
  './gridfs/download': '',
  './gridfs/upload': '',
  './encrypter': '',
  './client-side-encryption/client_encryption': '',
  './client-side-encryption/auto_encrypter': '',
  '@mongodb-js/saslprep':
    "exports.saslprep = (...given) => require('@mongodb-js/saslprep').saslprep(...given)",
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
    // bson has a way to get random numbers in browsers ready, which makes Node load all of its Web Cryptography.
    builder.onLoad({ filter: /\/bson\/lib\/bson\.cjs$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      const contents = source.replace('const { crypto } = globalThis;', 'const crypto = undefined;')
      if (contents === source)
        throw new Error(
          'bson no longer looks for Web Cryptography as it did: see dist-config/packaging/build.mjs',
        )
      return { contents, loader: 'js' }
    })
    builder.onLoad({ filter: /./, namespace: 'driver stand-in' }, ({ path, pluginData }) => ({
      contents: driverStandIns[path],
      loader: 'js',
      resolveDir: pluginData,
    }))
  },
}

// esbuild puts what several parts share into a file for each set of parts that share it. Parts that are loaded when they
// are needed are told to need all of the policy server, which is there by then: so all of it is one file.
const onePart = {
  name: 'the policy server in one file',
  setup(builder) {
    const filter = /\/lib\/.*\/(?:sqlite-store|mongodb-store|mailauth-spf|dns-resolver|direct-query)\.ts$/
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
    'aws4',
    '@aws-sdk/credential-providers',
    'gcp-metadata',
  ],
  define: { 'process.env.TUMGREYSPF_VERSION': JSON.stringify(version) },
  plugins: [withStandIns, lighterDriver],
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
