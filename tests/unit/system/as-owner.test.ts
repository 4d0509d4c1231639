import { chmodSync, chownSync, openSync, closeSync, statSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { asAccount, asOwnerOf, makeDirectory } from '../../../lib/system/as-owner.js'
import { lacksRoot, makeRootDirectory, otherUser } from '../../helpers/other-user.js'

t.test("root's groups do not stay while it works as another user", { skip: lacksRoot }, async (t) => {
  const directory = makeRootDirectory(t)
  const path = `${directory}/file`
  writeFileSync(path, '')
  chownSync(path, 0, 0)
  chmodSync(path, 0o660)
  const before = process.getgroups?.() ?? []
  process.setgroups?.([0, 4])
  try {
    const groups = asAccount(otherUser, () => {
      t.throws(() => openSync(path, 'r+'), { code: 'EACCES' })
      return process.getgroups?.()
    })
    t.same(groups, [otherUser.gid])
    t.same(process.getgroups?.(), [0, 4], 'and are back afterwards')
    t.throws(
      () =>
        asAccount(otherUser, () => {
          throw new Error('of the work')
        }),
      { message: 'of the work' },
    )
    t.same([process.geteuid?.(), process.getegid?.(), process.getgroups?.()], [0, 0, [0, 4]])
    closeSync(openSync(path, 'r+'))
  } finally {
    process.setgroups?.(before)
  }
})

t.test(
  "root works with the owner's own group, not with that of the directory",
  { skip: lacksRoot },
  async (t) => {
    const directory = makeRootDirectory(t)
    for (const [uid, gid] of [
      [otherUser.uid, otherUser.gid],
      [4_000_000, 65_534],
    ] as const) {
      chownSync(directory, uid, 0)
      t.same(
        asOwnerOf(directory, () => [process.geteuid?.(), process.getegid?.(), process.getgroups?.()]),
        [uid, gid, [gid]],
      )
    }
  },
)

t.test('a directory is made with the parents that it lacks', async (t) => {
  const directory = t.testdir({ file: '' })
  makeDirectory(`${directory}/a/b/c`)
  t.equal(statSync(`${directory}/a/b/c`).mode & 0o777, 0o700)
  t.equal(statSync(`${directory}/a/b`).mode & 0o055, 0o055)
  makeDirectory(`${directory}/a/b/c`)
  t.throws(
    () => {
      makeDirectory(`${directory}/file`)
    },
    { message: 'expected a directory, found a file' },
  )
  t.throws(
    () => {
      makeDirectory(`${directory}/file/below`)
    },
    { code: 'ENOTDIR' },
  )
})

t.test('a directory that cannot be is an error, at once', async (t) => {
  for (const path of ['/proc/nope/data', '/proc/self/nope', '/proc/1/fdinfo/none/of/these'])
    t.throws(
      () => {
        makeDirectory(path)
      },
      { code: /^E/ },
      path,
    )
})
