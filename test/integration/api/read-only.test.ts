/** While the log is read-only everything that is only read goes on, and everything else is told so in a sentence. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestAccount, type TestInstance, testInstance } from '../../support/instance.ts'

let instance: TestInstance
let alice: TestAccount
beforeAll(async () => {
  instance = await testInstance()
  alice = await instance.createAccount('alice')
})
afterAll(() => instance.close())

test('reading goes on, writing is a 503 with a sentence for people, and both are as before when it is over', async () => {
  const post = (status: string) => instance.ask('POST', '/api/v1/statuses', { as: alice, body: { status } })
  expect((await post('before')).statusCode).toBe(200)
  instance.deps.ledger.makeReadOnly('This database was restored: 5 commits are missing.')
  const refused = await post('during')
  expect(refused.statusCode).toBe(503)
  expect(refused.json()).toMatchObject({ error: expect.stringMatching(/log is read-only/) as string })
  expect(refused.body).not.toContain('5 commits')
  expect(refused.headers['retry-after']).toBeDefined()
  const seen = await instance.ask('GET', `/api/v1/accounts/${alice.id}/statuses`, { as: alice })
  expect(seen.json<{ content: string }[]>().map(({ content }) => content)).toEqual(['<p>before</p>'])
  expect((await instance.ask('GET', '/log/checkpoint')).statusCode).toBe(200)
  expect((await instance.ask('GET', '/api/vivim/v1/log')).json()).toMatchObject({ readOnly: expect.stringMatching('5 commits') as string })
  instance.deps.ledger.makeReadOnly(null)
  expect((await post('after')).statusCode).toBe(200)
})
