import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compare, ORIGIN } from '../../../src/ledger/hlc.ts'
import type { Expected, Lane, LedgerBatch, LedgerEvent } from '../../../src/ledger/types.ts'
import { draft, event, introduce, openWorld, plain, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

describe('append', () => {
  test('the first entry of the log is the genesis of the instance', async () => {
    const [first] = await world.ledger.read(0, 1)
    expect(first?.events[0]).toMatchObject({ type: 'key:genesis', stream: `key/${Buffer.from(first?.actor ?? []).toString('hex')}`, revision: 0 })
    expect(await world.ledger.hasSigner('instance')).toBe(true)
  })

  test('a receipt names the next position and the commit that is then found there', async () => {
    const { size } = world.ledger.head()
    const receipt = await world.ledger.append(draft('receipt/1'))
    expect(receipt).toMatchObject({ position: size, repeated: false })
    expect(world.ledger.head().size).toBe(size + 1)
    const byPosition = await world.ledger.find(String(size))
    const byId = await world.ledger.find(Buffer.from(receipt.id).toString('hex'))
    expect(byPosition).toEqual(byId)
    expect(byId).toMatchObject({ position: size, time: receipt.time, lane: 'public' })
    expect(await world.ledger.find('999999')).toBeNull()
    expect(await world.ledger.find('ff'.repeat(32))).toBeNull()
    expect(await world.ledger.find('../etc/passwd')).toBeNull()
  })

  test('what followers are told equals what is read back', async () => {
    const batches: LedgerBatch[] = []
    const stop = world.ledger.follow((batch) => batches.push(batch))
    const parts = [
      { codec: 'json', bytes: Buffer.from('{"a":1}') },
      { codec: 'raw', bytes: new Uint8Array(0) },
      { codec: 'cbor', bytes: Uint8Array.of(0x80), inline: true },
    ] as const
    const events = [{ ...event('follow/1'), parts }, event('follow/2'), event('follow/1')]
    const { position } = await world.ledger.append({ signer: 'instance', lane: 'private', events })
    stop()
    await world.ledger.append(draft('follow/unheard'))
    expect(batches.map(({ head }) => head.size)).toEqual([position + 1])
    const [read] = await world.ledger.read(position, 1)
    expect(batches.flatMap(({ commits }) => commits.map(plain))).toEqual(read === undefined ? [] : [plain(read)])
    expect(read?.events.map(({ revision }) => revision)).toEqual([0, 0, 1])
    expect(read?.lane).toBe('private')
  })

  test('commits that arrive together keep their order, and time never goes back', async () => {
    const told: number[] = []
    const stop = world.ledger.follow(({ commits }) => told.push(...commits.map(({ position }) => position)))
    const { size } = world.ledger.head()
    const receipts = await Promise.all(Array.from({ length: 700 }, (_, i) => world.ledger.append(draft(`together/${i % 50}`))))
    stop()
    expect(receipts.map(({ position }) => position)).toEqual(Array.from({ length: 700 }, (_, i) => size + i))
    expect(told).toEqual(receipts.map(({ position }) => position))
    const commits = await world.ledger.read(size, 700)
    for (const [i, commit] of commits.entries()) expect(compare(commit, commits[i - 1] ?? ORIGIN)).toBeGreaterThan(0)
    const events = await world.ledger.readStream('together/7')
    expect(events.map(({ revision }) => revision)).toEqual(Array.from({ length: 14 }, (_, i) => i))
    expect(events.every(({ stream, parts }) => stream === 'together/7' && parts[0]?.erased === false)).toBe(true)
  })

  test('a follower that throws takes nothing from the others', async () => {
    const told: number[] = []
    const stops = [
      world.ledger.follow(() => JSON.parse('{')),
      world.ledger.follow(async () => Promise.reject(new Error('late'))),
      world.ledger.follow(({ head }) => told.push(head.size)),
    ]
    const first = await world.ledger.append(draft('thrower/1'))
    const second = await world.ledger.append(draft('thrower/2'))
    for (const stop of stops) stop()
    expect(told).toEqual([first.position + 1, second.position + 1])
  })

  test('a stream name hides its key and is always the same', () => {
    const name = world.ledger.streamName('account', 'alice')
    expect(name).toMatch(/^account\/[A-Za-z0-9_-]{22}$/)
    expect(world.ledger.streamName('account', 'alice')).toBe(name)
    expect(new Set([name, world.ledger.streamName('account', 'bob'), world.ledger.streamName('status', 'alice')]).size).toBe(3)
  })
})

describe('reading the log', () => {
  test('takes no more at once than memory bears, and always goes on', async () => {
    const { ledger } = world
    const from = ledger.head().size
    const bytes = new Uint8Array(1024 * 1024)
    const large = (i: number) => ({ type: 'status:create', schema: 1, stream: `large/${i}`, parts: [{ codec: 'raw', bytes } as const] })
    await Promise.all(Array.from({ length: 40 }, (_, i) => ledger.append(draft('', { events: [large(i)] }))))
    const read: number[] = []
    const { size } = ledger.head()
    for (let next = from; next < size; next = from + read.length) {
      const commits = await ledger.read(next, 1_000)
      expect(commits.length).toBeGreaterThan(0)
      expect(commits.length).toBeLessThanOrEqual(32)
      read.push(...commits.map(({ position }) => position))
    }
    expect(read).toEqual(Array.from({ length: size - from }, (_, i) => from + i))
  })
})

describe('reading a stream', () => {
  const payloads = (events: readonly LedgerEvent[]) =>
    events.map(({ parts: [part] }) => JSON.parse(part?.erased === false ? Buffer.from(part.bytes).toString() : 'null'))

  test('gives its events in order, or so many of the newest', async () => {
    const { ledger } = world
    await ledger.append(draft('long/1', { events: [event('long/1', 0), event('long/other', 'x'), event('long/1', 1)] }))
    await ledger.append(draft('long/1', { events: [event('long/1', 2)] }))
    await ledger.append(draft('long/1', { events: [event('long/other', 'y'), event('long/1', 3), event('long/1', 4)] }))
    for (const [last, expected] of [
      [undefined, [0, 1, 2, 3, 4]],
      [1, [4]],
      [2, [3, 4]],
      [4, [1, 2, 3, 4]],
      [5, [0, 1, 2, 3, 4]],
      [99, [0, 1, 2, 3, 4]],
    ] as const) {
      const events = await ledger.readStream('long/1', last)
      expect(payloads(events)).toEqual(expected)
      expect(events.map(({ revision }) => revision)).toEqual(expected)
      expect(new Set(events.map(({ stream }) => stream))).toEqual(new Set(['long/1']))
    }
    expect(await ledger.readStream('long/none', 1)).toEqual([])
  })
})

describe('conditions', () => {
  // [events in the stream, expected, holds]
  const matrix: readonly (readonly [number, Expected, boolean])[] = [
    [0, 'any', true],
    [0, 'none', true],
    [0, 'exists', false],
    [0, 0, false],
    [1, 'any', true],
    [1, 'none', false],
    [1, 'exists', true],
    [1, 0, true],
    [1, 1, false],
    [3, 2, true],
    [3, 1, false],
    [3, 3, false],
  ]
  for (const written of [true, false]) {
    test.each(matrix)(`a ${written ? 'written' : 'read-only'} stream of %i events, expected %s: %s`, async (events, expected, holds) => {
      const stream = `matrix/${written}/${events}/${expected}`
      for (let i = 0; i < events; i++) await world.ledger.append(draft(stream))
      const appending = world.ledger.append(draft(written ? stream : `${stream}/other`, { expected: [[stream, expected]] }))
      const actual = events === 0 ? null : events - 1
      if (holds) expect(await appending).toMatchObject({ repeated: false })
      else await expect(appending).rejects.toMatchObject({ code: 'WRONG_REVISION', detail: [stream, expected, actual] })
      expect(await world.ledger.revision(stream)).toBe(holds && written ? events : actual)
    })
  }

  test('of commits that want the same place exactly one gets it, and the refused concern no other', async () => {
    const { size } = world.ledger.head()
    const rivals = Array.from({ length: 20 }, () => world.ledger.append(draft('rivals/1', { expected: [['rivals/1', 'none']] })))
    const bystanders = Array.from({ length: 20 }, (_, i) => world.ledger.append(draft(`bystander/${i}`)))
    const results = await Promise.allSettled(rivals)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await Promise.all(bystanders)
    expect(world.ledger.head().size).toBe(size + 21)
    expect(await world.ledger.revision('rivals/1')).toBe(0)
  })

  test('all events of a commit are stored, or none', async () => {
    const events = [event('atomic/1'), event('atomic/2')]
    const expected = [['atomic/2', 'exists']] as const
    await expect(world.ledger.append({ signer: 'instance', lane: 'public', events, expected })).rejects.toMatchObject({ code: 'WRONG_REVISION' })
    expect(await world.ledger.revision('atomic/1')).toBeNull()
  })
})

describe('idempotency', () => {
  test('a repeated key gives the original receipt and appends nothing, also after a restart', async () => {
    const first = await world.ledger.append(draft('once/1', { idempotencyKey: 'k1' }))
    const { size } = world.ledger.head()
    const again = { ...first, id: Buffer.from(first.id), repeated: true }
    expect(await world.ledger.append(draft('once/other', { idempotencyKey: 'k1' }))).toEqual(again)
    await world.reopen()
    expect(await world.ledger.append(draft('once/1', { idempotencyKey: 'k1', expected: [['once/1', 'none']] }))).toEqual(again)
    expect(world.ledger.head().size).toBe(size)
  })

  test('one key at the same moment appends once', async () => {
    const receipts = await Promise.all(Array.from({ length: 10 }, () => world.ledger.append(draft('once/2', { idempotencyKey: 'k2' }))))
    expect(new Set(receipts.map(({ position }) => position)).size).toBe(1)
    expect(receipts.filter(({ repeated }) => !repeated)).toHaveLength(1)
    expect(await world.ledger.revision('once/2')).toBe(0)
  })

  test('a key that was refused is not used up, and keys of different signers are different', async () => {
    const refused = draft('once/3', { idempotencyKey: 'k3', expected: [['once/3', 'exists']] })
    const [first, second] = await Promise.allSettled([world.ledger.append(refused), world.ledger.append(draft('once/3', { idempotencyKey: 'k3' }))])
    expect(first?.status).toBe('rejected')
    expect(second).toMatchObject({ status: 'fulfilled', value: { repeated: false } })
    await introduce(world.ledger, 'account/k3')
    const other = await world.ledger.append(draft('once/3', { signer: 'account/k3', idempotencyKey: 'k3' }))
    expect(other.repeated).toBe(false)
  })
})

describe('signers', () => {
  test('creating an identity twice gives the same one', async () => {
    const first = await world.ledger.createIdentity('account/twice')
    const second = await world.ledger.createIdentity('account/twice')
    expect(Buffer.from(second.actor)).toEqual(Buffer.from(first.actor))
    expect(await world.ledger.hasSigner('account/twice')).toBe(false)
    await world.ledger.append({ signer: 'account/twice', lane: 'private', events: [first.genesis, event('twice/1')] })
    expect(await world.ledger.hasSigner('account/twice')).toBe(true)
    expect(await world.ledger.hasSigner('account/nobody')).toBe(false)
  })

  test('a commit without a key, or a first commit without its genesis, is refused', async () => {
    await expect(world.ledger.append(draft('s/1', { signer: 'account/unknown' }))).rejects.toMatchObject({ code: 'GIVE_UP' })
    await world.ledger.createIdentity('account/silent')
    await expect(world.ledger.append(draft('s/1', { signer: 'account/silent' }))).rejects.toMatchObject({ code: 'GIVE_UP' })
  })

  test('a second genesis is a conflict', async () => {
    const { genesis } = await world.ledger.createIdentity('account/born')
    const birth = () => world.ledger.append({ signer: 'account/born', lane: 'public', events: [genesis] })
    const [first, second] = await Promise.allSettled([birth(), birth()])
    expect(first?.status).toBe('fulfilled')
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'WRONG_REVISION' } })
  })

  test('nobody writes into the key stream of another', async () => {
    const mine = await world.ledger.createIdentity('account/mine')
    const yours = await world.ledger.createIdentity('account/yours')
    const forged = { ...yours.genesis, stream: mine.genesis.stream }
    for (const events of [[yours.genesis], [mine.genesis, yours.genesis], [forged], [mine.genesis, event(mine.genesis.stream)]]) {
      await expect(world.ledger.append({ signer: 'account/mine', lane: 'public', events })).rejects.toMatchObject({ code: 'GIVE_UP' })
    }
  })

  test('each lane of a key is a chain of its own without gaps', async () => {
    await introduce(world.ledger, 'account/chains')
    const lanes = Array.from({ length: 30 }, (_, i): Lane => (i % 3 === 0 ? 'private' : 'public'))
    await Promise.all(lanes.map((lane, i) => world.ledger.append(draft(`chains/${i}`, { signer: 'account/chains', lane }))))
    const { key } = await world.ledger.createIdentity('account/chains')
    const chain = 'select lane, array_agg(seq::int order by position) as seqs from ledger.commit where key = $1 group by lane order by lane'
    const { rows } = await world.database.pool.query<{ lane: number; seqs: number[] }>(chain, [Buffer.from(key)])
    expect(rows.map(({ seqs }) => seqs)).toEqual([Array.from({ length: 21 }, (_, i) => i), Array.from({ length: 10 }, (_, i) => i)])
  })
})

describe('what can never be a commit', () => {
  test.each([
    ['no events', { events: [] }],
    ['a stream name with a zero byte', { events: [event('a\0b')] }],
    ['a stream name that is too long', { events: [event('x'.repeat(201))] }],
    ['a condition on a stream name that is too long', { expected: [['x'.repeat(201), 'any']] as const }],
    ['a dependency that is no hash', { deps: [new Uint8Array(31)] }],
    ['seventeen dependencies', { deps: Array.from({ length: 17 }, () => new Uint8Array(32)) }],
    ['a signer name with a zero byte', { signer: 'a\0b' }],
    [
      'too much for a public leaf',
      { events: [{ ...event('big'), parts: [{ codec: 'raw', bytes: new Uint8Array(70_000), inline: true }] }] as const },
    ],
  ])('%s is refused, and the ledger goes on', async (_, wrong) => {
    const { size } = world.ledger.head()
    await expect(world.ledger.append(draft('wrong/1', wrong))).rejects.toMatchObject({ code: 'GIVE_UP' })
    expect(world.ledger.head().size).toBe(size)
    await expect(world.ledger.append(draft('wrong/right'))).resolves.toMatchObject({ position: size })
  })
})

describe('limits and closing', () => {
  test('a full queue answers RETRY_LATER and loses nothing that it took', async () => {
    const small = await openWorld({ limits: { drafts: 10, bytes: 1_000_000, batchDrafts: 3, batchBytes: 1_000_000 } })
    const results = await Promise.allSettled(Array.from({ length: 50 }, (_, i) => small.ledger.append(draft(`busy/${i}`))))
    const taken = results.filter(({ status }) => status === 'fulfilled')
    const refused = results.filter(({ status }) => status === 'rejected')
    expect(taken.length).toBeGreaterThanOrEqual(10)
    expect(refused.length).toBeGreaterThan(0)
    for (const one of refused) expect(one).toMatchObject({ reason: { code: 'RETRY_LATER' } })
    expect(small.ledger.head().size).toBe(1 + taken.length)
    await small.close()
  })

  test('closing writes what waits and takes nothing more', async () => {
    const closing = await openWorld()
    const waiting = Array.from({ length: 30 }, (_, i) => closing.ledger.append(draft(`closing/${i}`)))
    await closing.ledger.close()
    await Promise.all(waiting)
    await expect(closing.ledger.append(draft('closing/late'))).rejects.toMatchObject({ code: 'GIVE_UP' })
    expect(await closing.ledger.read(0, 100)).toHaveLength(31)
    await closing.close()
  })
})
