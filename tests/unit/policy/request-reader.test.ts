import t from 'tap'
import { maximumLineLength, RequestReader } from '../../../lib/policy/request-reader.js'

t.test('a request ends with an empty line', async (t) => {
  const reader = new RequestReader()
  t.same(reader.push('a=1\nb=2\n'), [])
  t.equal(reader.isInsideRequest, true)
  t.same(reader.push('\n'), [['a=1', 'b=2']])
  t.equal(reader.isInsideRequest, false)
})

t.test('requests come in pieces of one byte', async (t) => {
  const reader = new RequestReader()
  const requests = Array.from('a=1\n\nb=2\nc=3\n\n').flatMap((byte) => reader.push(byte))
  t.same(requests, [['a=1'], ['b=2', 'c=3']])
})

t.test('many requests come at once', async (t) => {
  const reader = new RequestReader()
  t.equal(reader.push('a=1\n\n'.repeat(1000)).length, 1000)
})

t.test('an empty line alone is a request without attributes', async (t) => {
  t.same(new RequestReader().push('\n\n'), [[], []])
})

t.test('blanks and carriage returns at the end of a line do not count', async (t) => {
  t.same(new RequestReader().push('a=1 \t\r\n\r\n'), [['a=1']])
})

t.test('a line may have at most 64 KiB', async (t) => {
  const longest = new RequestReader()
  t.same(longest.push('a'.repeat(maximumLineLength) + '\n\n').length, 1)
  t.equal(longest.error, undefined)

  const ended = new RequestReader()
  t.same(ended.push('b=1\n\n' + 'a'.repeat(maximumLineLength + 1) + '\n\n'), [['b=1']])
  t.equal(ended.error, 'a line of more than 65536 bytes')

  const endless = new RequestReader()
  for (let piece = 0; piece < 70; piece += 1) endless.push('a'.repeat(1024))
  t.equal(endless.error, 'a line of more than 65536 bytes')
  t.same(endless.push('\n\n'), [], 'nothing is read after a fault')
})

t.test('a request may have at most 1,000 lines', async (t) => {
  const longest = new RequestReader()
  t.equal(longest.push('a=1\n'.repeat(1000) + '\n').length, 1)
  t.equal(longest.error, undefined)

  const endless = new RequestReader()
  t.same(endless.push('a=1\n'.repeat(1001)), [])
  t.equal(endless.error, 'more than 1000 lines without an empty one')
})
