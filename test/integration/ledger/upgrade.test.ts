/** A database that an earlier version wrote: its history is read, proven and gone on from. */
import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { commitId, decodeCommit, publicLeaf } from '../../../src/ledger/commit.ts'
import { Device } from '../../../src/ledger/device.ts'
import { generateKeyPair } from '../../../src/ledger/ed25519.ts'
import { Keyring } from '../../../src/ledger/keyring.ts'
import { migrate } from '../../../src/ledger/migrate.ts'
import { deriveKey } from '../../../src/ledger/secret.ts'
import { leafHash, rootOf } from '../../../src/ledger/tlog/merkle.ts'
import { freshDatabase } from '../../support/postgres.ts'
import { event, openLedger, SECRET } from './world.ts'

const database = await freshDatabase()
afterAll(() => database.drop())

/** As version 0.1.0 sealed parts before its release: AES-256-GCM, the key in AES key wrap. */
function seal(r: Uint8Array, payload: Uint8Array) {
  const [dek, nonce] = [randomBytes(32), randomBytes(12)]
  const cipher = createCipheriv('aes-256-gcm', dek, nonce)
  const body = Buffer.concat([nonce, cipher.update(r), cipher.update(payload), cipher.final(), cipher.getAuthTag()])
  const wrap = createCipheriv('id-aes256-wrap', createSecretKey(deriveKey(SECRET, 'part')), Buffer.from('a6a6a6a6a6a6a6a6', 'hex'))
  return { ciphertext: body, wrapped: Buffer.concat([wrap.update(dek), wrap.final()]) }
}

test('rows of the first tables become rows of today’s', async () => {
  const client = new pg.Client(database.url)
  await client.connect()
  await migrate(client, 3)
  await Keyring.open(database.pool, SECRET)

  const device = new Device({ keys: generateKeyPair(), log: '127.0.0.1:3000/log/1' })
  const drafts = [[device.genesis], [event('old/a', { word: 'first' }), event('old/b', { word: 'second' })], [event('old/a', { word: 'third' })]]
  const revisions = [[0], [0, 0], [1]]
  const leaves: Uint8Array[] = []
  for (const [position, events] of drafts.entries()) {
    const { commit, signature, parts } = await device.commit({ lane: 'public', events })
    const header = decodeCommit(commit)
    leaves.push(leafHash(publicLeaf(commit, signature)))
    const row = [position, commitId(commit), header.key, header.seq, signature, commit]
    await client.query('insert into ledger.commit (position, id, key, lane, seq, signature, bytes) values ($1, $2, $3, 0, $4, $5, $6)', row)
    for (const [index, { type, stream }] of header.events.entries())
      await client.query('insert into ledger.event values ($1, $2, $3, $4, $5)', [position, index, revisions[position]?.[index], type, stream])
    for (const { event, index, r, bytes } of parts) {
      const kref = randomBytes(16)
      const { ciphertext, wrapped } = seal(r, bytes)
      await client.query('insert into ledger.part values ($1, $2, $3, $4, $5)', [position, event, index, kref, ciphertext])
      await client.query('insert into ledger.part_key values ($1, $2)', [kref, wrapped])
    }
  }
  await client.query('insert into ledger.part_key values ($1, $2)', [randomBytes(16), randomBytes(40)]) // of a part that is gone
  const head = ['127.0.0.1:3000/log/1', leaves.length, rootOf(leaves)]
  await client.query('insert into ledger.head (origin, size, root, epoch) values ($1, $2, $3, 1)', head)
  await client.end()

  const ledger = await openLedger(database)
  try {
    const words = async (stream: string) =>
      (await ledger.readStream(stream)).map(({ revision, parts: [part] }) => [
        revision,
        part?.erased === false && JSON.parse(Buffer.from(part.bytes).toString()),
      ])
    expect(await words('old/a')).toEqual([
      [0, { word: 'first' }],
      [1, { word: 'third' }],
    ])
    expect(await words('old/b')).toEqual([[0, { word: 'second' }]])
    expect((await ledger.entries(0, 10)).map((entry) => entry.revisions)).toEqual(revisions)
    const [result] = await ledger.submit([
      await device.commit({ lane: 'public', events: [event('old/a', { word: 'new' })], expected: [['old/a', 1]] }),
    ])
    expect(result).toMatchObject({ ok: true, receipt: { position: 3 } })
    expect(await words('old/a')).toHaveLength(3)
    const { rows } = await database.pool.query<{ count: number }>('select count(*)::int as count from ledger.part_key')
    expect(rows[0]?.count).toBe(4)
  } finally {
    await ledger.close()
  }
})
