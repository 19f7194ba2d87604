/** Deliveries to those who mean harm, and to those who may not read any more: real servers, real sockets. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Mention } from '../../../src/events/catalogue.ts'
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

const mention = (accountId: string, there: Receiver, name: string): Mention => ({
  accountId,
  uri: `${there.origin}/users/${name}`,
  url: `${there.origin}/users/${name}`,
  username: name,
  acct: `${name}@${new URL(there.origin).host}`,
})
/** Somebody of that server whom we know, and who does not follow. */
async function acquaintance(there: Receiver, name: string): Promise<string> {
  const id = await there.follower(here, alice, name)
  await here.perform({ by: 'instance', lane: 'private', commands: [{ do: 'Unfollow', pair: { accountId: id, targetId: alice.id } }] })
  return id
}
const at = () => new Date().toISOString()
const as = () => ({ account: alice.id })
const block = (targetId: string) =>
  here.perform({
    by: as(),
    lane: 'private',
    commands: [{ do: 'Block', data: { accountId: alice.id, targetId, uri: `${alice.uri}#blocks/${here.newId()}`, at: at() } }],
  })
const remove = ({ id, uri }: { readonly id: string; readonly uri: string }) =>
  here.perform({ by: as(), lane: 'private', commands: [{ do: 'DeleteStatus', id, uri, accountId: alice.id, at: at() }] })
const edit = ({ id, uri }: { readonly id: string; readonly uri: string }, mentions: readonly Mention[], content: string) =>
  here.perform({
    by: as(),
    lane: 'private',
    commands: [{ do: 'EditStatus', id, uri, accountId: alice.id, editedAt: at(), body: { ...BODY, text: content, content, mentions } }],
  })
const failuresOf = async (origin: string) =>
  (
    await here.database.pool.query<{ uri: string; error: string; attempts: number }>(
      "select a.uri, m.error, m.attempts from delivery.message m join delivery.activity a on a.id = m.activity_id where m.host = $1 and m.state = 'failed' order by m.id",
      [origin],
    )
  ).rows

describe('who is told', () => {
  it('a post for followers that answers a stranger does not reach the stranger', async () => {
    const [follows, answered] = [await listening(), await listening()]
    await follows.follower(here, alice, 'f')
    const strangerId = await acquaintance(answered, 's')
    const sent = await here.post(alice, { content: '<p>between us</p>', visibility: 'private', inReplyToId: '1', inReplyToAccountId: strangerId })
    const open = await here.post(alice, { content: '<p>hello</p>', inReplyToId: '1', inReplyToAccountId: strangerId })
    await eventually('the open one', async () => answered.taken().includes(`${open.uri}/activity`))
    await eventually('the other', async () => follows.taken().includes(`${sent.uri}/activity`))
    expect(answered.taken()).toEqual([`${open.uri}/activity`])
  })

  it('who was blocked gets neither posts nor edits that name them; deletions they do get', async () => {
    const there = await listening()
    const id = await acquaintance(there, 'b')
    const sent = await here.post(alice, { content: '<p>hi</p>', mentions: [mention(id, there, 'b')] })
    await eventually('the post', async () => there.taken().includes(`${sent.uri}/activity`))
    await block(id)
    await edit(sent, [mention(id, there, 'b')], '<p>not for you</p>')
    const direct = await here.post(alice, { content: '<p>nor this</p>', visibility: 'direct', mentions: [mention(id, there, 'b')] })
    await remove(sent)
    await eventually('the deletion', async () => there.taken().includes(`${sent.uri}#delete`))
    expect(there.arrived.map(({ type }) => type)).toEqual(['Create', 'Block', 'Delete'])
    expect(there.taken()).not.toContain(`${direct.uri}/activity`)
  })

  it('what still waits for somebody who has been blocked is not sent, unless it is for everybody or for others there', async () => {
    const port = await freePort()
    const [down, alsoDown] = [await listening(port), await listening()]
    const lonely = await down.follower(here, alice, 'lonely')
    const one = await alsoDown.follower(here, alice, 'one')
    await alsoDown.follower(here, alice, 'two')
    for (const each of [down, alsoDown]) each.answer = () => ({ status: 503, headers: { 'retry-after': '1' } })
    const open = await here.post(alice, { content: '<p>open</p>' })
    const closed = await here.post(alice, { content: '<p>closed</p>', visibility: 'private' })
    await eventually('a first try', async () => down.arrived.length > 0 && alsoDown.arrived.length > 0)
    await block(lonely)
    await block(one)
    await eventually('the block is noticed', async () => (await failuresOf(down.origin)).length > 0)
    for (const each of [down, alsoDown]) each.answer = () => ({ status: 202 })
    await eventually('the rest', async () => down.taken().length >= 3 && alsoDown.taken().length >= 4)
    expect(down.arrived.filter(({ type }) => type === 'Block')).toHaveLength(1)
    expect(down.taken()).toContain(`${open.uri}/activity`)
    expect(down.taken()).not.toContain(`${closed.uri}/activity`)
    expect(alsoDown.taken()).toEqual(expect.arrayContaining([`${open.uri}/activity`, `${closed.uri}/activity`]))
    expect(await failuresOf(down.origin)).toMatchObject([{ uri: `${closed.uri}/activity`, error: expect.stringContaining('may read it') }])
  })

  it('a post deleted before it could be delivered is not delivered; who learnt of it by an edit learns of its end', async () => {
    const [down, late] = [await listening(), await listening()]
    await down.follower(here, alice, 'd')
    const lateId = await acquaintance(late, 'l')
    down.answer = () => ({ status: 503, headers: { 'retry-after': '1' } })
    const sent = await here.post(alice, { content: '<p>regretted</p>', visibility: 'private' })
    await edit(sent, [mention(lateId, late, 'l')], '<p>more of it</p>')
    await eventually('both were tried', async () => down.arrived.length > 0 && late.taken().some((id) => id.includes('#updates/')))
    await remove(sent)
    await eventually('the late one hears of it', async () => late.taken().includes(`${sent.uri}#delete`))
    down.answer = () => ({ status: 202 })
    await eventually('the deletion', async () => down.taken().includes(`${sent.uri}#delete`))
    expect(down.taken()).toEqual([`${sent.uri}#delete`])
  })

  it('what was deleted before anybody looked at it is never told', async () => {
    const there = await listening()
    const silent = await federatingInstance({ deliver: false })
    const bob = await silent.person('bob')
    await there.follower(silent, bob, 'f')
    const sent = await silent.post(bob, { content: '<p>gone in a second</p>' })
    await silent.perform({
      by: { account: bob.id },
      lane: 'private',
      commands: [{ do: 'DeleteStatus', id: sent.id, uri: sent.uri, accountId: bob.id, at: at() }],
    })
    await silent.close(true)
    const speaking = await federatingInstance({ port: silent.port, database: silent.database })
    await eventually('the deletion', async () => there.taken().includes(`${sent.uri}#delete`))
    expect(there.arrived.map(({ type }) => type)).toEqual(['Delete'])
    await speaking.close()
  })
})

describe('servers that mean harm', () => {
  it('a long answer is not read to its end, and decides nothing', async () => {
    const there = await listening()
    await there.follower(here, alice, 'chatty')
    const long = 'x'.repeat(300_000)
    let times = 0
    there.answer = () => ({ status: ++times === 1 ? 500 : 202, body: long })
    const sent = await here.post(alice, { content: '<p>x</p>' })
    await eventually('the second try', async () => there.taken().includes(`${sent.uri}/activity`))
    const receipt = await eventually('the receipt', async () =>
      (
        await here.database.pool.query<{ state: string; attempts: number; status: number }>(
          "select m.state, m.attempts, m.status from delivery.message m join delivery.activity a on a.id = m.activity_id where m.host = $1 and a.uri = $2 and m.state <> 'waiting'",
          [there.origin, `${sent.uri}/activity`],
        )
      ).rows.at(0),
    )
    expect(receipt).toMatchObject({ state: 'delivered', attempts: 2, status: 202 })
  })

  it('many servers that take their time do not keep the others waiting', async () => {
    const quick = await listening()
    const bob = await here.person('bob')
    await quick.follower(here, bob, 'q')
    const first = await here.post(bob, { content: '<p>one</p>' })
    await eventually('the first', async () => quick.taken().includes(`${first.uri}/activity`))
    const slow = await Promise.all(Array.from({ length: 60 }, () => listening()))
    for (const one of slow) {
      one.answer = () => 'silence'
      await one.follower(here, alice, 'slow')
    }
    await here.post(alice, { content: '<p>to the slow</p>' })
    await eventually('they hold their places', async () => slow.filter((one) => one.arrived.length > 0).length >= 16)
    const second = await here.post(bob, { content: '<p>two</p>' })
    await eventually('the quick one', async () => quick.taken().includes(`${second.uri}/activity`), 3_000)
  })

  it('a message that cannot be sent at all is given up, and holds up nobody', async () => {
    const there = await listening()
    const { pool } = here.database
    await there.follower(here, alice, 'p')
    const { rows } = await pool.query<{ id: string }>(
      "insert into delivery.activity (uri, signer, actor, body, created_at) values ('urn:poison', 'nobody', 'x', '{}', now()) returning id",
    )
    await pool.query(
      "insert into delivery.message (activity_id, inbox, host, subject, priority, due, created_at) values ($1, $2, $3, 'poison', 0, now(), now())",
      [rows[0]?.id, `${there.origin}/inbox`, there.origin],
    )
    const before = here.logged.length
    const sent = await here.post(alice, { content: '<p>healthy</p>' })
    await eventually('the healthy one', async () => there.taken().includes(`${sent.uri}/activity`))
    await eventually('the poison is judged', async () => {
      const { rows: poison } = await pool.query<{ error: string; attempts: number }>(
        "select error, attempts from delivery.message where subject = 'poison' and attempts > 0",
      )
      return poison[0]?.error.includes('there is no key')
    })
    expect(here.logged.slice(before).filter((line) => line.startsWith('error')).length).toBeLessThan(3)
  })
})
