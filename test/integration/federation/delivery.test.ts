/** Deliveries: nothing lost, nothing twice, nobody waits for a dead server. */
import { createPublicKey } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readProof, verifyProof } from '../../../src/federation/proof/eddsa-jcs.ts'
import { parseMultikey } from '../../../src/federation/proof/multikey.ts'
import { verifyDigest } from '../../../src/federation/signature/digest.ts'
import { readSignature, verifyClaim } from '../../../src/federation/signature/verify.ts'
import { localAccount } from '../../../src/projections/read/accounts.ts'
import { BODY, eventually, type FederatingInstance, federatingInstance, freePort, type Person } from './instance.ts'
import { type Receiver, receiver } from './receiver.ts'

let here: FederatingInstance
let alice: Person
const receivers: Receiver[] = []

beforeAll(async () => {
  here = await federatingInstance()
  alice = await here.person('alice')
})
afterEach(async () => {
  for (const one of receivers.splice(0)) await one.close()
})
afterAll(async () => here?.close())

async function listening(port = 0): Promise<Receiver> {
  const one = await receiver(port)
  receivers.push(one)
  return one
}

const receipts = async (host: string) => {
  const { rows } = await here.database.pool.query<{ state: string; status: number | null; error: string | null; attempts: number }>(
    `select m.state, m.status, m.error, m.attempts from delivery.message m join delivery.activity a on a.id = m.activity_id
    where m.host = $1 and a.uri not like '%#accepts/%' order by m.id`,
    [host],
  )
  return rows
}

describe('delivery', () => {
  it('what arrives is signed by its author, and carries a proof', async () => {
    const there = await listening()
    await there.follower(here, alice, 'one')
    const sent = await here.post(alice, { content: '<p>signed</p>' })
    const arrived = await eventually('the delivery', async () => there.arrived.find(({ id }) => id === `${sent.uri}/activity`))
    const account = await localAccount(here.database.pool, 'alice')
    const keys = new Map(account?.keys.map((key) => [key.id, key]))
    const headers = arrived.headers as Record<string, string>
    const verdict = readSignature({ method: 'POST', target: arrived.path, origin: there.origin, headers }, Date.now())
    if (!verdict.ok) throw new Error(verdict.reason)
    expect(verdict.claim.keyId).toBe(`${alice.uri}#main-key`)
    expect(verifyClaim(verdict.claim, createPublicKey(keys.get(verdict.claim.keyId)?.material ?? ''))).toBe(true)
    expect(verifyDigest({ headers }, Buffer.from(arrived.body), 'cavage')).toEqual({ ok: true })
    const proof = readProof(JSON.parse(arrived.body))
    expect(proof?.verificationMethod).toBe(`${alice.uri}#ed25519-key`)
    expect(proof !== null && verifyProof(proof, parseMultikey(keys.get(proof.verificationMethod)?.material ?? '') ?? new Uint8Array())).toBe(true)
  })

  it('a server with many followers gets one copy, by its shared inbox; one without, one each', async () => {
    const [shared, each] = [await listening(), await listening()]
    for (const name of ['a1', 'a2', 'a3']) await shared.follower(here, alice, name)
    for (const name of ['b1', 'b2']) await each.follower(here, alice, name, false)
    const sent = await here.post(alice, { content: '<p>once</p>' })
    await eventually('all copies', async () => shared.taken().length === 1 && each.taken().length === 2)
    expect(shared.arrived.map(({ path }) => path)).toEqual(['/inbox'])
    expect(each.arrived.map(({ path }) => path).toSorted()).toEqual(['/users/b1/inbox', '/users/b2/inbox'])
    expect(new Set([...shared.taken(), ...each.taken()])).toEqual(new Set([`${sent.uri}/activity`]))
  })

  it('a private post goes to followers and mentioned, a direct one only to whom it names', async () => {
    const [follows, named] = [await listening(), await listening()]
    await follows.follower(here, alice, 'f')
    const namedId = await named.follower(here, alice, 'n')
    await here.perform({ by: 'instance', lane: 'private', commands: [{ do: 'Unfollow', pair: { accountId: namedId, targetId: alice.id } }] })
    const mention = {
      accountId: namedId,
      uri: `${named.origin}/users/n`,
      url: `${named.origin}/users/n`,
      acct: `n@${new URL(named.origin).host}`,
      username: 'n',
    }
    const secret = await here.post(alice, { content: '<p>s</p>', visibility: 'direct', mentions: [mention] })
    const open = await here.post(alice, { content: '<p>o</p>', visibility: 'private' })
    await eventually('both', async () => named.taken().includes(`${secret.uri}/activity`) && follows.taken().includes(`${open.uri}/activity`))
    expect(named.arrived.map(({ path }) => path)).toEqual(['/users/n/inbox'])
    expect(follows.taken()).toEqual([`${open.uri}/activity`])
    expect(JSON.stringify(JSON.parse(named.arrived[0]?.body ?? '{}'))).not.toContain('as#Public')
  })

  it('a server that is down gets everything, in order and once, when it is back', async () => {
    const port = await freePort()
    const before = await listening(port)
    await before.follower(here, alice, 'patient')
    await before.close()
    receivers.splice(0)
    const posts = []
    for (let i = 0; i < 30; i++) posts.push(await here.post(alice, { content: `<p>${i}</p>` }))
    await here.perform({
      by: { account: alice.id },
      lane: 'private',
      commands: [
        {
          do: 'EditStatus',
          id: posts[0]!.id,
          uri: posts[0]!.uri,
          accountId: alice.id,
          editedAt: new Date().toISOString(),
          body: { ...BODY, text: 'e', content: '<p>edited</p>' },
        },
      ],
    })
    await eventually(
      'the breaker opens',
      async () => (await here.database.pool.query('select from delivery.host where host = $1 and opens > 0', [before.origin])).rowCount === 1,
    )
    const after = await listening(port)
    here.delivery?.heardFrom(after.origin)
    await eventually('everything', async () => after.taken().length >= 31, 20_000)
    const ids = after.taken()
    expect(new Set(ids).size).toBe(31)
    expect(new Set(ids)).toEqual(new Set([...posts.map(({ uri }) => `${uri}/activity`), ids.find((id) => id.includes('#updates/'))]))
    expect(ids.findIndex((id) => id.includes('#updates/'))).toBeGreaterThan(ids.indexOf(`${posts[0]!.uri}/activity`))
    await eventually('receipts', async () => (await receipts(after.origin)).every(({ state }) => state === 'delivered'))
  })

  it('a dead server delays nobody else', async () => {
    const [dead, alive] = [await listening(), await listening()]
    dead.answer = () => 'silence'
    await dead.follower(here, alice, 'd')
    await alive.follower(here, alice, 'l')
    const start = Date.now()
    const sent = await here.post(alice, { content: '<p>quick</p>' })
    await eventually('the living one', async () => alive.taken().includes(`${sent.uri}/activity`))
    expect(Date.now() - start).toBeLessThan(3_000)
  })

  it('what is refused for good is not tried again; what may pass is', async () => {
    const there = await listening()
    await there.follower(here, alice, 'x')
    there.answer = () => ({ status: 410 })
    await here.post(alice, { content: '<p>gone</p>' })
    await eventually('the refusal', async () => (await receipts(there.origin))[0]?.state === 'failed')
    expect(await receipts(there.origin)).toMatchObject([{ state: 'failed', status: 410, attempts: 1 }])
    let times = 0
    there.answer = () => (++times < 3 ? { status: 500 } : { status: 202 })
    const sent = await here.post(alice, { content: '<p>stubborn</p>' })
    await eventually('the third try', async () => there.taken().includes(`${sent.uri}/activity`))
    expect((await eventually('the receipt', async () => (await receipts(there.origin)).find(({ state }) => state === 'delivered'))).attempts).toBe(3)
  })

  it('Retry-After is obeyed', async () => {
    const there = await listening()
    await there.follower(here, alice, 'y')
    let asked = 0
    there.answer = () => (++asked === 1 ? { status: 429, headers: { 'retry-after': '2' } } : { status: 202 })
    await here.post(alice, { content: '<p>slow down</p>' })
    await eventually('the second try', async () => there.taken().length === 1)
    const [first, second] = there.arrived
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(1_900)
  })

  it('bodies are kept only while somebody waits for them', async () => {
    const there = await listening()
    await there.follower(here, alice, 'z')
    const sent = await here.post(alice, { content: '<p>short-lived</p>', visibility: 'private' })
    await eventually('the delivery', async () => there.taken().includes(`${sent.uri}/activity`))
    await eventually('the body is dropped', async () => {
      const { rows } = await here.database.pool.query<{ done: boolean }>(
        "select not exists (select from delivery.message m where m.activity_id = a.id and m.state = 'waiting' and m.host = $2) as done from delivery.activity a where a.uri = $1",
        [`${sent.uri}/activity`, there.origin],
      )
      return rows[0]?.done
    })
  })
})

describe('after a stop', () => {
  it('what was recorded but not sent goes out under the same ids, and nothing that was sent goes out again', async () => {
    const there = await listening()
    const first = await federatingInstance()
    const bob = await first.person('bob')
    await there.follower(first, bob, 'f')
    const sent = await first.post(bob, { content: '<p>before</p>' })
    await eventually('the first delivery', async () => there.taken().includes(`${sent.uri}/activity`))
    there.answer = () => 'hang up'
    const stuck = await first.post(bob, { content: '<p>stuck</p>' })
    await eventually('a failed try', async () => there.arrived.some(({ id }) => id === `${stuck.uri}/activity`))
    await first.close(true)
    there.answer = () => ({ status: 202 })
    const second = await federatingInstance({ port: Number(new URL(first.origin).port), database: first.database })
    await eventually('the second delivery', async () => there.taken().includes(`${stuck.uri}/activity`))
    expect(there.taken()).toEqual([`${sent.uri}/activity`, `${stuck.uri}/activity`])
    expect(new Set(there.arrived.filter(({ id }) => id === `${stuck.uri}/activity`).map(({ body }) => body)).size).toBe(1)
    await second.close()
  })

  it('what was recorded while no delivery ran is sent when one does', async () => {
    const there = await listening()
    const silent = await federatingInstance({ deliver: false })
    const bob = await silent.person('bob')
    await there.follower(silent, bob, 'f')
    const posts = []
    for (let i = 0; i < 5; i++) posts.push(await silent.post(bob, { content: `<p>${i}</p>` }))
    await silent.close(true)
    const speaking = await federatingInstance({ port: Number(new URL(silent.origin).port), database: silent.database })
    await eventually('all of them', async () => there.taken().length === 5)
    expect(new Set(there.taken())).toEqual(new Set(posts.map(({ uri }) => `${uri}/activity`)))
    await speaking.close()
  })

  it('an event that cannot become a delivery is put aside, visibly, and holds up nobody', async () => {
    const there = await listening()
    const instance = await federatingInstance()
    const bob = await instance.person('bob')
    await there.follower(instance, bob, 'f')
    const keyless = { ...(await instance.person('keyless')) }
    await instance.database.pool.query("delete from ledger.sealed_key where name like '%/' || $1", [keyless.id])
    await there.follower(instance, keyless, 'g')
    await instance.post(keyless, { content: '<p>mute</p>' })
    const sent = await instance.post(bob, { content: '<p>loud</p>' })
    await eventually('the delivery', async () => there.taken().includes(`${sent.uri}/activity`), 20_000)
    const { rows } = await instance.database.pool.query<{ error: string }>('select error from delivery.parked')
    expect(rows.map(({ error }) => error)).toEqual(expect.arrayContaining([expect.stringContaining('there is no key')]))
    await instance.close()
  })
})
