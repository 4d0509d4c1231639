// Builds the programs: each of bin/ becomes one file in build/bin/, with what they share, and what is loaded only
// when it is needed, in files beside it.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

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
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
const requireInstalled = createRequire(import.meta.url)
export default function load() {
  const { platform, arch, versions } = process
  try {
    return requireInstalled(\`@lmdb/lmdb-\${platform}-\${arch}/node.abi\${versions.modules}.glibc.node\`)
  } catch {
    return requireInstalled('node-gyp-build-optional-packages')(dirname(dirname(requireInstalled.resolve('lmdb'))))
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

// The driver of MongoDB reads its address with a URL parser of its own, three times the weight of all our code, which
// is Node's parser written in JavaScript; and it unpacks Unicode tables for passwords, also where there is none.
const lighterDriver = {
  name: 'lighter mongodb driver',
  setup(builder) {
    builder.onResolve({ filter: /^whatwg-url$/ }, () => ({ path: 'node:url', external: true }))
    builder.onResolve({ filter: /^@mongodb-js\/saslprep$/ }, ({ path, namespace, resolveDir }) =>
      namespace === 'when needed' ? undefined : { path, namespace: 'when needed', pluginData: resolveDir },
    )
    builder.onLoad({ filter: /.*/, namespace: 'when needed' }, ({ path, pluginData }) => ({
      contents: `exports.saslprep = (...given) => require(${JSON.stringify(path)})(...given)`,
      resolveDir: pluginData,
    }))
  },
}

// esbuild puts what several parts share into a file for each set of parts that share it. Parts that are loaded when they
// are needed are told to need all of the policy server, which is there by then: so all of it is one file.
const onePart = {
  name: 'the policy server in one file',
  setup(builder) {
    const filter = /\/lib\/edge\/(?:lmdb-store|mongodb-store|mailauth-spf|dns-resolver|direct-query)\.ts$/
    builder.onLoad({ filter }, ({ path }) => ({
      contents: `import './policy-server.js'\n${readFileSync(path, 'utf8')}`,
      loader: 'ts',
    }))
  },
}

const programs = readdirSync('bin').map((name) => `bin/${name}`)
const policyServer = 'bin/tumgreyspf.ts'
rmSync(outdir, { recursive: true, force: true })
// The policy server shares no files with the tools: the fewer it has to read, the sooner it answers.
await bundle([policyServer], 'parts', [onePart])
await bundle(
  programs.filter((path) => path !== policyServer),
  'tool-parts',
)

function bundle(entryPoints, partsFolder, morePlugins = []) {
  return build({
    entryPoints,
    outdir,
    bundle: true,
    // Less to read at each start; names stay, for the log.
    minifyWhitespace: true,
    minifySyntax: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    chunkNames: `${partsFolder}/[name]-[hash]`,
    external: [
      'node-unix-socket',
      'syslog-client',
      'msgpackr-extract',
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
    banner: {
      js: "import { createRequire as createRequireForPackages } from 'node:module';\nconst require = createRequireForPackages(import.meta.url);",
    },
    plugins: [nativePart, withStandIns, lighterDriver, ...morePlugins],
    legalComments: 'inline',
    logLevel: 'warning',
  })
}
