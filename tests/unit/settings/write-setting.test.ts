import t from 'tap'
import { writeSetting } from '../../../lib/settings/write-setting.js'

t.test('a setting takes the place of None or of its comment, or comes last', async (t) => {
  for (const [name, before, after] of [
    ['nothing', '', "hostName = 'mx.example.org'\n"],
    ['another setting', 'debugLevel = 1', "debugLevel = 1\nhostName = 'mx.example.org'\n"],
    [
      'None',
      'a = 1\nHOSTNAME =None   # ours, #1\nb = 2\n',
      "a = 1\nhostName = 'mx.example.org' # ours, #1\nb = 2\n",
    ],
    [
      'a comment',
      'a = 1\n# hostName = None\nb = 2\n',
      "a = 1\n# hostName = None\nhostName = 'mx.example.org'\nb = 2\n",
    ],
    ['text about it', '# hostName is the name\n', "# hostName is the name\nhostName = 'mx.example.org'\n"],
    ['another name', 'myHostName = None\n', "myHostName = None\nhostName = 'mx.example.org'\n"],
  ] as const)
    t.equal(writeSetting(before, 'hostName', 'mx.example.org'), after, name)
})
