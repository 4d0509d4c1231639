// Puts a counter at each place where the sources can go one way or another, so that it can be seen which ways an input
// takes, and collects their texts, which make better inputs than noise.
import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
import ts from 'typescript'

/** What the counters are called in the instrumented code; set before it is loaded. */
export const counterName = '__ways'
/** More ways than there are; the code counts beyond it in vain. */
export const maximumWays = 65_536

/** An instrumented bundle. */
export interface Instrumented {
  readonly path: string
  readonly ways: number
  readonly words: readonly string[]
}

/** Bundles a target with counters in all that is under lib/. */
export async function instrument(target: string, path: string): Promise<Instrumented> {
  const words = new Set<string>()
  let ways = 0
  const nextWay = (): number => ways++
  await build({
    entryPoints: [target],
    outfile: path,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
    plugins: [
      {
        name: 'counters',
        setup(builder) {
          builder.onLoad({ filter: /\/lib\/.*\.ts$/ }, ({ path: source }) => ({
            contents: ts.transpileModule(readFileSync(source, 'utf8'), {
              compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
              transformers: { before: [addCounters(nextWay, words)] },
            }).outputText,
            loader: 'js',
          }))
        },
      },
    ],
  })
  return { path, ways, words: [...words] }
}

function addCounters(nextWay: () => number, words: Set<string>): ts.TransformerFactory<ts.SourceFile> {
  return (context) => {
    const { factory } = context
    /** __ways[N]++ */
    const count = (): ts.Expression =>
      factory.createPostfixIncrement(
        factory.createElementAccessExpression(factory.createIdentifier(counterName), nextWay()),
      )
    const counted = (expression: ts.Expression): ts.Expression =>
      factory.createParenthesizedExpression(factory.createComma(count(), expression))
    const countedStatement = (statement: ts.Statement): ts.Statement =>
      factory.createBlock([factory.createExpressionStatement(count()), statement])
    const visit = (node: ts.Node): ts.Node => {
      if (ts.isStringLiteral(node) && !ts.isImportDeclaration(node.parent)) words.add(node.text)
      const seen = ts.visitEachChild(node, visit, context)
      if (ts.isIfStatement(seen))
        return factory.updateIfStatement(
          seen,
          seen.expression,
          countedStatement(seen.thenStatement),
          seen.elseStatement && countedStatement(seen.elseStatement),
        )
      if (ts.isConditionalExpression(seen))
        return factory.updateConditionalExpression(
          seen,
          seen.condition,
          seen.questionToken,
          counted(seen.whenTrue),
          seen.colonToken,
          counted(seen.whenFalse),
        )
      if (ts.isBinaryExpression(seen) && isChoice(seen.operatorToken.kind))
        return factory.updateBinaryExpression(seen, seen.left, seen.operatorToken, counted(seen.right))
      if (ts.isCaseClause(seen))
        return factory.updateCaseClause(seen, seen.expression, [
          factory.createExpressionStatement(count()),
          ...seen.statements,
        ])
      if (ts.isBlock(seen))
        return factory.updateBlock(seen, [factory.createExpressionStatement(count()), ...seen.statements])
      return seen
    }
    return (file) => ts.visitEachChild(file, visit, context)
  }
}

function isChoice(kind: ts.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.QuestionQuestionToken
  )
}
