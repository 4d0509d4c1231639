// Builds the programs: each of bin/ becomes a file in build/bin/ that loads its part from build/bin/parts. The policy
// server's is one file, and the driver of MongoDB another; the tools share what they have in common.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { build } from 'esbuild'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

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

// The driver of MongoDB is twice as big as all else: only processes that use it load it.
const driverApart = {
  name: 'mongodb driver in a file of its own',
  setup(builder) {
    builder.onResolve({ filter: /^mongodb$/ }, () => ({ path: './mongodb.js', external: true }))
  },
}

const options = {
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
// Node starts CommonJS modules sooner, and only V8's code of scripts can be kept. Such a module knows its place as a
// path, which Node takes wherever it takes the address of a file.
const cjs = {
  ...options,
  format: 'cjs',
  define: {
    ...options.define,
    'import.meta.dirname': '__dirname',
    'import.meta.filename': '__filename',
    'import.meta.url': '__filename',
  },
}
const esm = {
  ...options,
  format: 'esm',
  splitting: true,
  outExtension: { '.js': '.mjs' },
  banner: {
    js: "import { createRequire as createRequireForPackages } from 'node:module';\nconst require = createRequireForPackages(import.meta.url);",
  },
}

const tools = readdirSync('bin').filter((name) => name !== 'tumgreyspf.ts')
rmSync('build/bin', { recursive: true, force: true })
await Promise.all([
  build({ ...cjs, outdir: 'build/bin', entryPoints: ['bin/tumgreyspf.ts'] }),
  build({
    ...cjs,
    outfile: 'build/bin/parts/policy-server.js',
    entryPoints: ['lib/cli/commands/tumgreyspf.ts'],
    plugins: [driverApart, ...options.plugins],
  }),
  build({
    ...cjs,
    outfile: 'build/bin/parts/mongodb.js',
    stdin: { contents: "module.exports = require('mongodb')", resolveDir: '.' },
  }),
  build({
    ...esm,
    outdir: 'build/bin/parts',
    entryPoints: [
      ...tools.map((name) => `bin/${name}`),
      'lib/system/write-code-cache.ts',
      'dist-config/prepare-mongodb.mjs',
    ],
    entryNames: '[name]',
  }),
])
// Tools are ES modules; the policy server beside them is not.
writeFileSync('build/bin/package.json', '{ "type": "commonjs" }\n')
for (const tool of tools) {
  const name = basename(tool, '.ts')
  writeFileSync(`build/bin/${name}.js`, `#!/usr/bin/env node\nimport('./parts/${name}.mjs')\n`, {
    mode: 0o755,
  })
}
writeFileSync('build/bin/prepare-mongodb.mjs', "import './parts/prepare-mongodb.mjs'\n", { mode: 0o755 })
// Says itself what keeps it from that. Programs without it only start slower.
spawnSync(process.execPath, ['build/bin/parts/write-code-cache.mjs'], { stdio: 'inherit' })
