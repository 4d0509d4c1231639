// The collection `counters`: a document a day, whose _id is the day and whose other fields are the counters.
import type { Collection } from 'mongodb'
import { removedDays, type DayCounts } from '../../counters/counter-names.js'
import { MongodbCollection } from './mongodb-collection.js'
import type { MongodbConnection } from './mongodb-connection.js'

/** The collection of counters. */
const countersName = 'counters'

interface Day {
  readonly _id: string
}

/** Counters on a database. */
export class MongodbCounters {
  readonly #collection: MongodbCollection<Day>

  constructor(connection: MongodbConnection) {
    this.#collection = new MongodbCollection(connection, countersName)
  }

  /** Adds to what is there. @throws StoreError */
  async add(counts: DayCounts): Promise<void> {
    const work = async (collection: Collection<Day>): Promise<void> => {
      for (const [day, values] of counts)
        await collection.updateOne({ _id: day }, { $inc: Object.fromEntries(values) }, { upsert: true })
    }
    // What is done twice is counted twice.
    await this.#collection.use('write the counters', work, { isRepeatable: false, isBackground: true })
  }

  /** What was counted from a day on, days in order. @throws StoreError */
  async read(fromDay: string): Promise<DayCounts> {
    const documents = await this.#collection.use('read the counters', (collection) =>
      collection
        .find({ _id: { $gte: fromDay } })
        .sort({ _id: 1 })
        .toArray(),
    )
    return new Map(
      documents.map(({ _id: day, ...values }) => [
        day,
        new Map(
          Object.entries(values).flatMap(([name, value]) =>
            typeof value === 'number' ? [[name, value]] : [],
          ),
        ),
      ]),
    )
  }

  /** Removes days before one, whose sums stay; how many. @throws StoreError */
  async remove(beforeDay: string): Promise<number> {
    const old = [...(await this.read(removedDays))].filter(([day]) => day > removedDays && day < beforeDay)
    for (const [day, values] of old) {
      // Who ends it between the two makes the sums larger than they were; nothing may make them smaller.
      await this.add(new Map([[removedDays, values]]))
      await this.#collection.remove('remove counters', { _id: day })
    }
    return old.length
  }
}
