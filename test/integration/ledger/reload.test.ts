import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Keyring } from '../../../src/ledger/keyring.ts'
import { openCheckpoint } from '../../../src/ledger/tlog/checkpoint.ts'
import { parseVerifierKey } from '../../../src/ledger/tlog/note.ts'
import { draft, event, fill, introduce, openLedger, openWorld, plain, SECRET, type World } from './world.ts'

describe('a reloaded ledger', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())

  // Around the borders of tiles: 256 is a full tile, 257 has a new edge.
  test.each([3, 255, 256, 257, 600])('of %i entries is the one that was closed, and goes on', async (size) => {
    await fill(world.ledger, size - world.ledger.head().size)
    const before = { head: world.ledger.head(), key: world.ledger.verifierKey, note: world.ledger.checkpoint().note }
    const commits = (await world.ledger.read(0, size)).map(plain)
    await world.reopen()
    expect({ head: world.ledger.head(), key: world.ledger.verifierKey, note: world.ledger.checkpoint().note }).toEqual({
      ...before,
      head: { size, root: Buffer.from(before.head.root) },
    })
    expect((await world.ledger.read(0, size)).map(plain)).toEqual(commits)
    await world.ledger.append(draft('fill/0', { expected: [['fill/0', 'any']] }))
    await world.database.pool.query('select 1')
    expect(world.ledger.head().size).toBe(size + 1)
  })

  test('keeps its place in every chain and stream', async () => {
    await introduce(world.ledger, 'account/reload')
    await world.ledger.append(draft('reload/1', { signer: 'account/reload', lane: 'private' }))
    await world.reopen()
    await world.ledger.append(draft('reload/1', { signer: 'account/reload', lane: 'private', expected: [['reload/1', 0]] }))
    const events = await world.ledger.readStream('reload/1')
    expect(events.map(({ revision }) => revision)).toEqual([0, 1])
  })

  test('never goes back in time, even when the wall clock did', async () => {
    const { time } = await world.ledger.append(draft('clock/1'))
    await world.reopen({ now: () => time - 3_600_000 })
    expect((await world.ledger.append(draft('clock/2'))).time).toBeGreaterThanOrEqual(time)
    await world.reopen({ now: Date.now })
  })

  test('signs the checkpoint again when a crash fell between COMMIT and note', async () => {
    const { size, note } = world.ledger.checkpoint()
    await world.ledger.close()
    await tamper(world, 'checkpoint', `delete from ledger.checkpoint where size = ${size}`)
    world.ledger = await openLedger(world.database)
    expect(world.ledger.checkpoint()).toEqual({ size, note })
    const signed = openCheckpoint(note, parseVerifierKey(world.ledger.verifierKey))
    expect(signed).toEqual({ origin: '127.0.0.1:3000/log/1', size, root: Buffer.from(world.ledger.head().root) })
    const { rows } = await world.database.pool.query('select note from ledger.checkpoint order by size desc limit 1')
    expect(rows).toEqual([{ note }])
  })
})

describe('there is one writer', () => {
  test('a second ledger on the same database is refused, with the name of the first, until the first is closed', async () => {
    const world = await openWorld()
    await expect(openLedger(world.database)).rejects.toMatchObject({
      code: 'RETRY_LATER',
      message: `Another process is writing to this database: vivim ledger (pid ${process.pid}). A ledger has one writer: stop that process first.`,
    })
    await world.ledger.append(draft('still/writing'))
    await world.ledger.close()
    world.ledger = await openLedger(world.database)
    expect(await world.ledger.revision('still/writing')).toBe(0)
    await world.close()
  })

  test('a writer whose lease was taken over can store nothing until it has it back', async () => {
    const world = await openWorld()
    const rival = await world.database.pool.connect()
    await rival.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name like 'vivim ledger%' and datname = current_database()`)
    await rival.query('select pg_advisory_lock(6222163811452401517)')
    await rival.query('update ledger.head set epoch = epoch + 1')
    await expect(world.ledger.append(draft('stale/1'))).rejects.toMatchObject({ code: 'RETRY_LATER' })
    expect(await world.ledger.revision('stale/1')).toBeNull()
    await rival.query('select pg_advisory_unlock(6222163811452401517)')
    rival.release()
    await expect
      .poll(() =>
        world.ledger.append(draft('stale/2')).then(
          () => 'again',
          () => 'not yet',
        ),
      )
      .toBe('again')
    await world.close()
  })

  test('nothing is stored under an epoch that is over', async () => {
    const world = await openWorld()
    const epoch = async () => (await world.database.pool.query('select epoch::int from ledger.head')).rows[0].epoch as number
    await world.database.pool.query('update ledger.head set epoch = epoch + 1')
    const over = await epoch()
    await world.ledger.append(draft('epoch/1'))
    expect(await epoch()).toBeGreaterThan(over)
    await world.close()
  })
})

describe('what does not fit together is refused at start', () => {
  let world: World
  beforeEach(async () => {
    world = await openWorld()
    await fill(world.ledger, 299)
    await world.ledger.close()
    return () => world.database.drop()
  })

  test('another secret', async () => {
    const other = Uint8Array.from(SECRET, (byte) => byte ^ 1)
    await expect(openLedger(world.database, { secret: other })).rejects.toMatchObject({
      code: 'GIVE_UP',
      message: expect.stringContaining('not the one this database was sealed with'),
    })
  })

  test('another origin', async () => {
    await expect(openLedger(world.database, { origin: 'http://127.0.0.1:3001' })).rejects.toMatchObject({
      code: 'GIVE_UP',
      message: expect.stringContaining('127.0.0.1:3000/log/1, not 127.0.0.1:3001/log/1'),
    })
  })

  test.each([
    ['a bit of the newest commit', 'commit', `update ledger.commit set bytes = set_byte(bytes, 40, get_byte(bytes, 40) # 1) where position = 299`],
    [
      'a bit of a signature',
      'commit',
      `update ledger.commit set signature = set_byte(signature, 0, get_byte(signature, 0) # 1) where position = 270`,
    ],
    [
      'a bit of what opens a leaf',
      'commit',
      `update ledger.commit set blinding = set_byte(blinding, 0, get_byte(blinding, 0) # 1) where position = 298`,
    ],
    ['a missing commit', 'commit', 'delete from ledger.commit where position = 280'],
    [
      'a commit beyond the head',
      'commit',
      `insert into ledger.commit select 300, id, key, lane, seq + 1000, signature, blinding, bytes, revisions from ledger.commit where position = 299`,
    ],
    ['a bit of a tile', 'tile', `update ledger.tile set hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1)`],
    ['a missing tile', 'tile', 'delete from ledger.tile'],
    ['a bit of the root', 'head', `update ledger.head set root = set_byte(root, 0, get_byte(root, 0) # 1)`],
    ['a smaller head', 'head', 'update ledger.head set size = 299'],
    ['a checkpoint that is not ours', 'checkpoint', `update ledger.checkpoint set note = replace(note, '/log/1', '/log/2')`],
  ])('%s', async (_, table, statement) => {
    await tamper(world, table, statement)
    await expect(openLedger(world.database)).rejects.toMatchObject({ code: 'GIVE_UP' })
  })

  test('a database restored to an earlier state', async () => {
    const client = await world.database.pool.connect()
    await client.query(`set session_replication_role = replica`)
    const root = Buffer.from(await world.ledger.rootAt(1))
    await client.query('delete from ledger.commit where position >= 1; delete from ledger.event where position >= 1; delete from ledger.tile')
    await client.query('update ledger.head set size = 1, root = $1', [root])
    await client.query('reset session_replication_role')
    client.release()
    await expect(openLedger(world.database)).rejects.toMatchObject({
      code: 'GIVE_UP',
      message: 'This database was restored to an earlier state: it holds 1 entries, but a checkpoint of 300 was published. The last 299 are missing.',
    })
  })
})

describe('commits and events only grow', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())

  for (const table of ['commit', 'event', 'tile', 'checkpoint']) {
    test.each([
      `delete from ledger.${table}`,
      `truncate ledger.${table}`,
      `update ledger.${table} set ${table === 'checkpoint' ? 'note = note' : table === 'tile' ? 'hashes = hashes' : 'position = position'}`,
    ])('%s is refused by the database', async (statement) => {
      await expect(world.database.pool.query(statement)).rejects.toThrow(`ledger.${table} is append-only`)
    })
  }
})

describe('sealed parts', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())

  test('a part is not in the database in the clear', async () => {
    await world.ledger.append({ signer: 'instance', lane: 'public', events: [event('secret/1', { word: 'xylophone' })] })
    const { rows } = await world.database.pool.query(
      `select 1 from ledger.part where position('xylophone'::bytea in ciphertext) > 0 union all select 1 from ledger.commit where position('xylophone'::bytea in bytes) > 0`,
    )
    expect(rows).toEqual([])
  })

  test('destroying its key erases a part, and leaves root, commit and the other parts as they were', async () => {
    const parts = ['gone', 'stays'].map((word) => ({ codec: 'json', bytes: Buffer.from(JSON.stringify({ word })) }) as const)
    const { position } = await world.ledger.append({ signer: 'instance', lane: 'private', events: [{ ...event('erase/1'), parts }] })
    const { root } = world.ledger.head()
    await world.database.pool.query('delete from ledger.part_key where position = $1 and index = 0', [position])
    await world.reopen()
    expect(Buffer.from(world.ledger.head().root)).toEqual(Buffer.from(root))
    const [erased] = await world.ledger.readStream('erase/1')
    expect(erased?.parts).toEqual([
      { codec: 'json', erased: true },
      { codec: 'json', erased: false, bytes: Buffer.from('{"word":"stays"}') },
    ])
    await world.database.pool.query('delete from ledger.part where position = $1', [position])
    const [commit] = await world.ledger.read(position, 1)
    expect(commit?.events[0]?.parts.map(({ erased }) => erased)).toEqual([true, true])
  })

  test('a part that was altered, or swapped with another, is not handed out', async () => {
    const { position } = await world.ledger.append(draft('swap/1'))
    await world.ledger.append(draft('swap/2'))
    const { pool } = world.database
    await pool.query('update ledger.part set ciphertext = set_byte(ciphertext, 50, get_byte(ciphertext, 50) # 1) where position = $1', [position])
    await expect(world.ledger.read(position, 1)).rejects.toMatchObject({ code: 'GIVE_UP' })
    for (const [table, column] of [
      ['part', 'ciphertext'],
      ['part_key', 'wrapped'],
    ])
      await pool.query(
        `update ledger.${table} p set ${column} = other.${column} from ledger.${table} other where p.position = $1 and other.position = $1 + 1`,
        [position],
      )
    await expect(world.ledger.readStream('swap/1')).rejects.toMatchObject({
      code: 'GIVE_UP',
      message: expect.stringContaining('not what was signed'),
    })
    await expect(world.ledger.readStream('swap/2')).resolves.toHaveLength(1)
  })
})

describe('the keyring', () => {
  test('gives back what was sealed first, and nothing for an unknown name', async () => {
    const world = await openWorld()
    const { keyring } = world.ledger
    expect(await keyring.open('rsa/1')).toBeNull()
    await keyring.seal('rsa/1', Buffer.from('first'))
    expect(Buffer.from(await keyring.seal('rsa/1', Buffer.from('second'))).toString()).toBe('first')
    const reopened = (await world.reopen()).keyring
    expect(Buffer.from((await reopened.open('rsa/1')) ?? []).toString()).toBe('first')
    await world.database.pool.query(`insert into ledger.sealed_key select 'rsa/2', sealed from ledger.sealed_key where name = 'rsa/1'`)
    await expect(reopened.open('rsa/2')).rejects.toMatchObject({ code: 'GIVE_UP' })
    await world.close()
  })

  test('does not take a database that fails for a wrong secret', async () => {
    const world = await openWorld()
    const { pool } = world.database
    const failing = { query: (text: unknown) => (typeof text === 'string' ? pool.query(text) : Promise.reject(new Error('connection lost'))) }
    await expect(Keyring.open(failing as unknown as typeof pool, SECRET)).rejects.toThrow('connection lost')
    await world.close()
  })
})

/** Changes an append-only table as only an operator with the database's superuser can. */
async function tamper({ database }: World, table: string, statement: string): Promise<void> {
  await database.pool.query(`alter table ledger.${table} disable trigger user; ${statement}; alter table ledger.${table} enable trigger user`)
}
