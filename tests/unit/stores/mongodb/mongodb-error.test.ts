import { BSON, MongoNetworkError, MongoNetworkTimeoutError, MongoParseError, MongoServerError } from 'mongodb'
import t from 'tap'
import { describeConnectError, describeError } from '../../../../lib/stores/mongodb/mongodb-error.js'

t.test('an error is described by its innermost cause, on one line', async (t) => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 192.0.2.5:27017'), { errno: -111 })
  const table: readonly (readonly [Error, string])[] = [
    [new MongoNetworkError('gone', { cause: refused }), 'connection refused'],
    [new MongoNetworkTimeoutError('connection 1 to 192.0.2.5:27017 timed out'), 'no answer in time'],
    [
      new MongoServerError({ message: 'Authentication failed for someone.', code: 18 }),
      'authentication failed',
    ],
    [
      new MongoServerError({
        message:
          'not authorized on mail to execute command { findAndModify: "greylist", query: { sender: "a@b" } }',
        code: 13,
      }),
      'not authorized on mail',
    ],
    [
      new BSON.BSONError('Invalid UTF-8 string in BSON document', { cause: new TypeError('not utf-8') }),
      'the answer cannot be decoded',
    ],
    [new Error('two\n  lines of text'), 'two lines of text'],
    [new Error('a "quoted"\x07 word'), 'a \\"quoted\\"\\x07 word'],
  ]
  for (const [error, expected] of table) t.equal(describeError(error), expected)
})

t.test('an error in a connection string is not repeated, unless it is an option', async (t) => {
  t.equal(describeConnectError(new MongoParseError('option x is not supported')), 'option x is not supported')
  t.equal(
    describeConnectError(new Error('Invalid URL: mongodb://someone:s3cret@db')),
    'the address is not a valid connection string',
  )
})
