// Strict, type-aware rules, and which room of lib/ may import which. Formatting is Prettier's.
import regexp from 'eslint-plugin-regexp'
import tseslint from 'typescript-eslint'

/** The room of each package: others reach it through what that room exports. */
const packageRooms = {
  '@photostructure/sqlite': 'lib/stores/sqlite',
  mongodb: 'lib/stores/mongodb',
  mailauth: 'lib/spf/mailauth',
  'dns-packet': 'lib/dns/client',
  'node-unix-socket': 'lib/log/syslog',
  'syslog-client': 'lib/log/syslog',
  yargs: 'lib/cli',
  'fastest-levenshtein': 'lib/settings',
}

const adapters = String.raw`/(?:stores/(?!store\.js)|config/files/|dns/(?!dns\.js)|log/(?:open-log|log-file|syslog/)|settings/settings-file)`
const decisions = {
  regex: `${adapters}|^node:(?:fs|net|dgram|dns|tls|http|child_process)`,
  // It reads a text, and no network.
  allowImportNames: ['isIPv4', 'isIPv6', 'isIP'],
  message: 'decisions see interfaces only; policy/server and the commands put the adapters in',
}
const tools = {
  regex: '/(?:cli|configtest|stat|replay|migration|postfix)/',
  message: 'what the policy server runs knows nothing of the tools',
}
const otherRooms = { regex: String.raw`^\.\./`, message: 'this room stands alone' }
const subjects = { regex: String.raw`^\.\./(?!system/parse-error\.js)`, message: 'this room knows no other' }

/** Whom the files of a room may not import; a later entry takes the place of an earlier one. */
const rooms = [
  { files: 'lib/**', forbidden: [] },
  { files: 'lib/net/**', forbidden: [subjects] },
  { files: 'lib/system/**', forbidden: [otherRooms] },
  { files: 'lib/log/**', forbidden: [tools] },
  {
    files: 'lib/log/escape.ts',
    forbidden: [otherRooms, { regex: String.raw`^\./`, message: 'it stands alone' }],
  },
  ...['settings', 'config', 'dns', 'stores', 'log/syslog'].map((name) => ({
    files: `lib/${name}/**`,
    forbidden: [tools],
  })),
  { files: 'lib/stores/mongodb/**', forbidden: [tools] },
  { files: 'lib/stores/sqlite/**', forbidden: [tools] },
  { files: 'lib/{policy,checks,greylist,counters}/**', forbidden: [decisions, tools] },
  {
    files: 'lib/policy/{session,request-reader,policy-request}.ts',
    forbidden: [decisions, tools, { regex: '/(?:checks|stores)/', message: 'the protocol knows no checks' }],
  },
  // These hold the descriptors and put the parts of the policy server together.
  { files: 'lib/policy/{server,stdio}.ts', forbidden: [tools] },
  { files: 'lib/dns/client/**', forbidden: [tools] },
  { files: 'lib/spf/**', forbidden: [decisions, tools] },
  { files: 'lib/spf/open-spf.ts', forbidden: [tools] },
  { files: 'lib/spf/mailauth/**', forbidden: [decisions, tools] },
  {
    files: 'lib/{stat,replay,migration,postfix,configtest}/**',
    forbidden: [{ regex: '/cli/', message: 'commands call this room' }],
  },
  {
    files: 'lib/postfix/**',
    forbidden: [{ regex: '/(?:cli|configtest)/', message: 'commands and configtest call this room' }],
  },
  { files: 'lib/cli/**', forbidden: [] },
]

function restrictImports({ files, ignores = [], room = files.replace('/**', ''), forbidden }) {
  const packages = Object.entries(packageRooms)
    .filter(([, home]) => !room.startsWith(home))
    .map(([name, home]) => ({ regex: `^${name}(?:/|$)`, message: `only ${home} imports ${name}` }))
  return {
    files: [files],
    ignores,
    rules: { 'no-restricted-imports': ['error', { patterns: [...forbidden, ...packages] }] },
  }
}

export default tseslint.config(
  { ignores: ['build/', '.tap/', '.run/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { regexp },
    rules: {
      // Whatever a text holds, an expression takes time in proportion to its length.
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential', ignoreSticky: false }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'use a union of strings' },
        { selector: 'TSModuleDeclaration[kind="namespace"]', message: 'use modules' },
      ],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  ...rooms.map(restrictImports),
  {
    files: ['tests/**/*.ts'],
    rules: { '@typescript-eslint/no-floating-promises': 'off', 'no-console': 'off' },
  },
)
