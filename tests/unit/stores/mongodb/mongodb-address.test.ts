import t from 'tap'
import { readMongodbAddress } from '../../../../lib/stores/mongodb/mongodb-address.js'
import { defaultSettings, type Settings } from '../../../../lib/settings/settings-table.js'

const table: readonly (readonly [Partial<Settings>, string | undefined, string | undefined])[] = [
  [{}, undefined, undefined],
  [{ dbUrl: 'sqlite:///data' }, undefined, undefined],
  [{ dbUrl: 'sqlite:///data', dbHost: ['db'] }, undefined, undefined],
  [{ dbUrl: 'mongodb://db/mail' }, 'mongodb://db/mail', 'db/mail'],
  [{ dbUrl: 'mongodb://db' }, 'mongodb://db', 'db/tumgreyspf'],
  [{ dbUrl: 'mongodb://db/', databaseName: 'mail' }, 'mongodb://db/', 'db/mail'],
  [{ dbUrl: 'mongodb://db/?tls=true' }, 'mongodb://db/?tls=true', 'db/tumgreyspf'],
  [{ dbUrl: 'mongodb://db?tls=true' }, 'mongodb://db?tls=true', 'db/tumgreyspf'],
  [
    { dbUrl: 'mongodb://u:p%40ss@db1:27018,db2/mail?replicaSet=rs' },
    'mongodb://u:p%40ss@db1:27018,db2/mail?replicaSet=rs',
    'db1:27018,db2/mail',
  ],
  [
    { dbUrl: 'mongodb+srv://u:p@db.example.org/mail' },
    'mongodb+srv://u:p@db.example.org/mail',
    'db.example.org/mail',
  ],
  [{ dbUrl: 'mongodb://db/mail', dbHost: ['other'], dbPort: 1 }, 'mongodb://db/mail', 'db/mail'],
  [{ dbHost: ['localhost'] }, 'mongodb://localhost/', 'localhost/tumgreyspf'],
  [{ dbHost: ['db'], dbPort: 27018 }, 'mongodb://db:27018/', 'db:27018/tumgreyspf'],
  [
    { dbHost: ['db1', 'db2:1', '2001:db8::1', '[2001:db8::2]:2'], dbPort: 27018, databaseName: 'mail' },
    'mongodb://db1:27018,db2:1,[2001:db8::1]:27018,[2001:db8::2]:2/',
    'db1:27018,db2:1,[2001:db8::1]:27018,[2001:db8::2]:2/mail',
  ],
  [
    { dbHost: ['mongodb://u:p@db1,db2:1/users?replicaSet=rs'], dbPort: 27018 },
    'mongodb://u:p@db1:27018,db2:1/users?replicaSet=rs',
    'db1:27018,db2:1/tumgreyspf',
  ],
  [
    { dbHost: ['mongodb+srv://db.example.org/'], dbPort: 27018 },
    'mongodb+srv://db.example.org/',
    'db.example.org/tumgreyspf',
  ],
]

t.test('the settings name a database', async (t) => {
  for (const [given, url, shown] of table) {
    const address = readMongodbAddress({ ...defaultSettings, ...given })
    t.equal(address?.url, url, JSON.stringify(given))
    t.equal(address?.shown, shown, JSON.stringify(given))
  }
})

t.test(
  'an address in which a password may be taken for something else is not used, and not shown',
  async (t) => {
    for (const dbUrl of [
      'mongodb://u:p/w@db/mail',
      'mongodb://u:p?w@db/mail',
      'mongodb://u:p@w@db/mail',
      'mongodb://u:123/w@db/mail',
      'mongodb://db/mail?appName=a@b',
      'mongodb://u:p@',
      'mongodb://u:p@d b/mail',
    ])
      t.same(
        readMongodbAddress({ ...defaultSettings, dbUrl }),
        {
          url: '',
          databaseName: '',
          shown: '(unreadable address)',
          error:
            'expected mongodb://[USER:PASSWORD@]HOST[:PORT]/NAME, with "@", "/" and "?" in a password as %40, %2F and %3F',
        },
        dbUrl,
      )
  },
)
