// The floor: the least that a policy server on Node can be. It answers "dunno" to everything.
let seen = ''
process.stdin.setEncoding('latin1')
process.stdin.on('data', (piece: string) => {
  seen += piece
  for (let end = seen.indexOf('\n\n'); end >= 0; end = seen.indexOf('\n\n')) {
    seen = seen.slice(end + 2)
    process.stdout.write('action=dunno\n\n')
  }
})
