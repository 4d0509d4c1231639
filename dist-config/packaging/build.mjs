// Builds the programs: each of bin/ becomes a file in build/bin/ that loads its part from build/bin/parts. The policy
// server's is one file, beside some packages that it loads when it first uses them; the tools share what they have in
// common.
//   node build.mjs [DIRECTORY [DATA]]     DATA is where they keep their entries if no setting says so
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { build } from 'esbuild'

const [out = 'build/bin', data = '/var/local/lib/tumgreyspf'] = process.argv.slice(2)
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
  // Its own parseCIDR takes a network for IPv6 first, with an error for each IPv4 one: 8 of 10 us for each term or address.
  'ipaddr.js': `const ipaddr = require('ipaddr.js')
    const parseCIDR = (text) => (text.includes(':') ? ipaddr.IPv6 : ipaddr.IPv4).parseCIDR(text)
    module.exports = { ...ipaddr, parseCIDR }`,
}
const withStandIns = {
  name: 'mailauth without what SPF does not use',
  setup(builder) {
    builder.onResolve({ filter: /./ }, ({ path, importer, resolveDir }) =>
      path in standIns && /\/mailauth\/lib\/(?:tools|spf\/index|spf\/spf-verify)\.js$/.test(importer)
        ? { path, namespace: 'stand-in', pluginData: resolveDir }
        : undefined,
    )
    builder.onLoad({ filter: /./, namespace: 'stand-in' }, ({ path, pluginData }) => ({
      contents: standIns[path],
      loader: 'js',
      resolveDir: pluginData,
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

// Packages that a start does not need have files of their own, which processes load when they first use them: the driver
// of MongoDB is twice as big as all else, and what SPF needs a third of the rest.
const partPackages = {
  'mongodb.js': 'mongodb',
  'mailauth.js': 'mailauth/lib/spf/index.js',
  'dns-packet.js': 'dns-packet',
}
const packagesApart = {
  name: 'packages in files of their own',
  setup(builder) {
    for (const [file, name] of Object.entries(partPackages))
      builder.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: `./${file}`, external: true }))
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
    '@aws-sdk/credential-providers',
    'gcp-metadata',
  ],
  define: {
    'process.env.TUMGREYSPF_VERSION': JSON.stringify(version),
    'process.env.TUMGREYSPF_DATA': JSON.stringify(data),
  },
  plugins: [withStandIns, lighterDriver],
  legalComments: 'inline',
  logLevel: 'warning',
  metafile: true,
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
rmSync(out, { recursive: true, force: true })
const results = await Promise.all([
  build({ ...cjs, outdir: out, entryPoints: ['bin/tumgreyspf.ts'] }),
  build({
    ...cjs,
    outfile: `${out}/parts/policy-server.js`,
    entryPoints: ['lib/cli/commands/tumgreyspf.ts'],
    plugins: [packagesApart, ...options.plugins],
  }),
  ...Object.entries(partPackages).map(([file, name]) =>
    build({
      ...cjs,
      outfile: `${out}/parts/${file}`,
      stdin: { contents: `module.exports = require('${name}')`, resolveDir: '.' },
    }),
  ),
  build({
    ...esm,
    outdir: `${out}/parts`,
    entryPoints: [
      ...tools.map((name) => `bin/${name}`),
      'dist-config/packaging/write-code-cache.ts',
      'dist-config/prepare-mongodb.mjs',
    ],
    entryNames: '[name]',
  }),
])
// The packages that the programs contain, as paths of package-lock.json, for the bill of materials and the licences.
const inputs = results.flatMap(({ metafile }) => Object.keys(metafile.inputs))
const bundled = inputs.map((path) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
const paths = [...new Set(bundled)].filter((path) => path !== undefined).sort()
writeFileSync(join(dirname(out), 'bundled-packages'), paths.map((path) => `${path}\n`).join(''))
// Tools are ES modules; the policy server beside them is not.
writeFileSync(`${out}/package.json`, '{ "type": "commonjs" }\n')
for (const tool of tools) {
  const name = basename(tool, '.ts')
  writeFileSync(`${out}/${name}.js`, `#!/usr/bin/env node\nimport('./parts/${name}.mjs')\n`, {
    mode: 0o755,
  })
}
writeFileSync(`${out}/prepare-mongodb.mjs`, "import './parts/prepare-mongodb.mjs'\n", { mode: 0o755 })
// Says itself what keeps it from that. Programs without it only start slower.
spawnSync(process.execPath, [`${out}/parts/write-code-cache.mjs`], { stdio: 'inherit' })
