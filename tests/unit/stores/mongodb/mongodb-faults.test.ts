import { MongoNetworkError, MongoNetworkTimeoutError, MongoServerError } from 'mongodb'
import t from 'tap'
import { describeFault } from '../../../../lib/stores/mongodb/mongodb-faults.js'

t.test('a fault is told by its innermost cause, on one line, without secrets', async (t) => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 192.0.2.5:27017'), { errno: -111 })
  const table: readonly (readonly [Error, string])[] = [
    [new MongoNetworkError('gone', { cause: refused }), 'connection refused'],
    [new MongoNetworkTimeoutError('connection 1 to 192.0.2.5:27017 timed out'), 'no answer in time'],
    [new MongoServerError({ message: 'Authentication failed.', code: 18 }), 'Authentication failed'],
    [
      new MongoServerError({
        message:
          'not authorized on mail to execute command { findAndModify: "greylist", query: { sender: "a@b" } }',
        code: 13,
      }),
      'not authorized on mail',
    ],
    [new Error('two\n  lines of s3cret text'), 'two lines of *** text'],
    [new Error('a "quoted"\x07 word'), 'a \\"quoted\\"\\x07 word'],
  ]
  for (const [fault, expected] of table) t.equal(describeFault(fault, ['s3cret']), expected)
})
