// Strict, type-aware rules. Formatting is Prettier's.
import regexp from 'eslint-plugin-regexp'
import tseslint from 'typescript-eslint'

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
  // A package is imported by its adapter alone; who checks and answers mail knows no tool.
  {
    files: ['lib/**/*.ts'],
    ignores: ['lib/stores/mongodb/**'],
    rules: { 'no-restricted-imports': ['error', { paths: ['mongodb'] }] },
  },
  {
    files: ['lib/{policy,checks,greylist,spf}/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: ['mongodb'], patterns: ['**/cli/**'] }] },
  },
  {
    files: ['lib/policy/{session,request-reader,policy-request}.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: ['**/cli/**', '**/checks/**', '**/stores/**'] }],
    },
  },
  {
    files: ['tests/**/*.ts'],
    rules: { '@typescript-eslint/no-floating-promises': 'off', 'no-console': 'off' },
  },
)
