/** A law over random histories: rows made again after an erasure are the rows that the deletion left. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DomainEvent, EventData } from '../../../src/events/catalogue.ts'
import { recordedEvents, toDraft } from '../../../src/events/codec.ts'
import type { Command, Request } from '../../../src/handlers/commands.ts'
import { before, deletionsIn, evidenceIn, partsOf, sharesOf } from '../../../src/handlers/erasure/deletions.ts'
import { CompactRange } from '../../../src/ledger/tlog/merkle.ts'
import type { LedgerCommit, LedgerEvent } from '../../../src/ledger/types.ts'
import type { Place } from '../../../src/ledger/warrant.ts'
import { access } from '../../../src/projections/access/projection.ts'
import { type FollowedLog, Projections } from '../../../src/projections/projections.ts'
import { social } from '../../../src/projections/social/projection.ts'
import { MemoryLedger } from '../../support/memory-ledger.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { body, samples } from '../../unit/events/samples.ts'
import { anyRequest, begin } from '../../unit/handlers/world.ts'
import { dump } from '../projections/dump.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await freshDatabase()
})
afterAll(() => db?.drop())

/** What was recorded when everybody did something at random, and then those who were deleted were marked as erased. */
async function history(requests: readonly Parameters<Awaited<ReturnType<typeof begin>>>[0][]): Promise<MemoryLedger> {
  const ledger = new MemoryLedger()
  const execute = await begin(ledger)
  for (const request of requests) await execute(request)
  for (const deletion of deletionsOf(ledger)) {
    if (deletion.of !== 'account') continue
    const event = { type: 'identity:erase', data: { id: deletion.id, at: '2026-02-01T00:00:00.000Z' } } as const satisfies DomainEvent
    await ledger.append({ signer: 'instance', lane: 'private', events: [toDraft({ stream: deletion.stream, event })] })
  }
  return ledger
}

const deletionsOf = (ledger: MemoryLedger) =>
  ledger.commits.flatMap((commit) => deletionsIn(recordedEvents(commit), (id) => ledger.streamName('account', id)))

/** The same commits, without the parts that the eraser would let go. */
async function erased(ledger: MemoryLedger): Promise<LedgerCommit[]> {
  const gone = new Set<string>()
  const drop = (places: readonly Place[]) => {
    for (const { position, event, index } of places) gone.add(`${position}/${event}/${index}`)
  }
  for (const deletion of deletionsOf(ledger)) {
    const stream = await ledger.readStream(deletion.stream)
    if (deletion.of !== 'account') {
      for (const event of before(deletion, stream)) {
        const commit = ledger.commits[event.position]
        drop([...partsOf(event), ...(commit === undefined ? [] : evidenceIn(commit))])
      }
      continue
    }
    const own = ledger.commits.filter(({ position }) => position !== deletion.position)
    const uris = own.flatMap((commit) =>
      recordedEvents(commit).flatMap(({ data }) =>
        data !== null && 'links' in data && 'id' in data && data.id === deletion.id ? [data.links.uri] : [],
      ),
    )
    for (const commit of own) {
      const { parts, identity } = sharesOf(commit, recordedEvents(commit), (owner) =>
        ('account' in owner ? owner.account === deletion.id : uris.includes(owner.actor)) ? true : undefined,
      )
      drop([...parts, ...identity.flatMap(({ places }) => places)])
    }
  }
  return ledger.commits.map((commit) => ({
    ...commit,
    events: commit.events.map((event) => ({
      ...event,
      parts: event.parts.map((part, index) =>
        gone.has(`${event.position}/${event.index}/${index}`) ? ({ codec: part.codec, erased: true } as const) : part,
      ),
    })),
  }))
}

/** What is unique in the world but not in the sample data, made unique: addresses of people here, tokens, boosts. */
function unique(event: LedgerEvent): LedgerEvent {
  const [part, ...more] = event.parts
  if (part === undefined || part.erased) return event
  const place = String(1_000_000 + event.position * 1_000 + event.index)
  const change: Readonly<Record<string, (data: never) => object>> = {
    'identity:create': (data: EventData['identity:create']) => ({ ...data, links: { ...data.links, uri: `https://here.example/users/${data.id}` } }),
    'grant:create': (data: EventData['grant:create']) => ({ ...data, tokenHash: place }),
    'session:create': (data: EventData['session:create']) => ({ ...data, tokenHash: place }),
    'app:register': (data: EventData['app:register']) => ({ ...data, clientId: place }),
    'status:boost': (data: EventData['status:boost']) => ({ ...data, id: place, uri: `https://here.example/boosts/${place}` }),
  }
  const changed = change[event.type]?.(JSON.parse(Buffer.from(part.bytes).toString()) as never)
  return changed === undefined ? event : { ...event, parts: [{ codec: 'json', bytes: Buffer.from(JSON.stringify(changed)), erased: false }, ...more] }
}

/** True when an id was given twice, which never happens: ids hold the moment they were made and a random number. */
function hasTwins({ commits }: MemoryLedger): boolean {
  const made = commits.flatMap(recordedEvents).flatMap(({ type, data }) => {
    const isPerson = type === 'identity:create' || type === 'identity:discover'
    return data !== null && 'id' in data && (isPerson || type === 'status:create') ? [`${isPerson ? 'person' : 'post'} ${data.id}`] : []
  })
  return new Set(made).size < made.length
}

const AT = '2026-01-31T12:00:00.000Z'
const people = fc.constantFrom('1', '2')
const post = fc.constantFrom('200', '201', '202', '203', '204', '205')
const authorOf = (id: string) => (Number(id) % 2 === 0 ? '1' : '2')
const uriOf = (id: string) => `https://here.example/users/${authorOf(id)}/statuses/${id}`
const as = (account: string, command: Command): Request => ({ by: { account }, lane: 'public', commands: [command] })
const named = (id: string) => ({ id, uri: uriOf(id), accountId: authorOf(id) })

/** Two people who post, answer, edit, like, follow and delete: what a random request seldom manages. */
const lively: fc.Arbitrary<Request> = fc.oneof(
  fc.tuple(post, fc.option(post), fc.constantFrom('public' as const, 'private' as const)).map(([id, parent, visibility]) => {
    const inReplyTo = { inReplyToId: parent, inReplyToAccountId: parent === null ? null : authorOf(parent), inReplyToUri: null }
    return as(authorOf(id), { do: 'PostStatus', status: { ...samples['status:create'], ...named(id), ...inReplyTo, visibility, local: true } })
  }),
  post.map((id) => as(authorOf(id), { do: 'EditStatus', ...named(id), editedAt: AT, body: { ...body, content: '<p>Two</p>' } })),
  post.map((id) => as(authorOf(id), { do: 'DeleteStatus', ...named(id), at: AT })),
  fc
    .tuple(people, post)
    .map(([accountId, statusId]) => as(accountId, { do: 'Like', data: { accountId, statusId, uri: `like ${accountId} ${statusId}`, at: AT } })),
  fc
    .tuple(people, post)
    .map(([accountId, statusId]) => as(accountId, { do: 'Boost', data: { ...samples['status:boost'], accountId, statusId, local: true } })),
  fc.tuple(people, post).map(([accountId, statusId]) => as(accountId, { do: 'Bookmark', data: { accountId, statusId, at: AT } })),
  people.map((accountId) => {
    const pair = { accountId, targetId: accountId === '1' ? '2' : '1' }
    return as(accountId, { do: 'Follow', data: { ...samples['social:follow'], ...pair, state: 'accepted' } })
  }),
  fc.constant(as('2', { do: 'DeleteAccount', id: '2', username: 'ben', at: AT })),
)

async function rowsOf(recorded: readonly LedgerCommit[]) {
  const commits = recorded.map((commit) => ({ ...commit, events: commit.events.map(unique) }))
  await db.pool.query('drop schema if exists social cascade; drop schema if exists access cascade')
  const range = CompactRange.empty()
  const roots = [range.root(), ...commits.map(({ leafHash }) => (range.append(leafHash), range.root()))]
  const log: FollowedLog = {
    rowKey: new Uint8Array(32),
    read: async (from, limit) => commits.slice(from, from + limit),
    head: () => ({ size: commits.length, root: range.root() }),
    rootAt: async (size) => roots[size] ?? Promise.reject(new RangeError('beyond the log')),
    follow: () => () => {},
  }
  const projections = await Projections.open({ pool: db.pool, ledger: log })
  const rows = [await dump(db.pool, social), await dump(db.pool, access)]
  await projections.close()
  return rows
}

test('rows made from a log with erased parts are the rows that were there', { timeout: 120_000 }, async () => {
  let erasures = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(anyRequest, lively), { minLength: 60, maxLength: 160 }), async (requests) => {
      const ledger = await history(requests)
      fc.pre(!hasTwins(ledger))
      const without = await erased(ledger)
      erasures += without.flatMap(({ events }) => events.flatMap(({ parts }) => parts.filter((part) => part.erased))).length
      const live = await rowsOf(ledger.commits)
      expect(live.map(({ parked }) => parked)).toEqual([[], []])
      expect(await rowsOf(without)).toEqual(live)
    }),
    { numRuns: Number(process.env['VIVIM_FUZZ_RUNS'] ?? 12), endOnFailure: process.env['VIVIM_FUZZ_SHRINK'] === undefined },
  )
  expect(erasures).toBeGreaterThan(100)
})
