import t from 'tap'
import { TopCounter } from '../../../lib/stat/top-counter.js'

t.test('the most frequent names come first, names with equal counts in order', async (t) => {
  const counter = new TopCounter()
  for (const name of ['b', 'a', 'c', 'c', '__proto__', 'constructor', '__proto__']) counter.add(name)
  t.same(counter.top(3), [
    { name: '__proto__', count: 2 },
    { name: 'c', count: 2 },
    { name: 'a', count: 1 },
  ])
  t.equal(counter.isExact, true)
})

t.test('with more names than it has room for, frequent ones stay and it says so', async (t) => {
  const counter = new TopCounter(100)
  for (let index = 0; index < 10_000; index += 1) {
    counter.add(`rare${String(index)}`)
    if (index % 3 === 0) counter.add('frequent')
  }
  t.equal(counter.isExact, false)
  const [first] = counter.top(1)
  t.equal(first?.name, 'frequent')
  t.ok((first?.count ?? 0) > 3_000)
})
