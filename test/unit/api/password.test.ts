import { describe, expect, test } from 'vitest'
import { hashPassword, PasswordsBusy, verifyPassword } from '../../../src/host/password.ts'

describe('passwords', { timeout: 60_000 }, () => {
  test('are stored as Argon2id PHC strings that only they open', async () => {
    const stored = await hashPassword('correct horse')
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=4\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(await verifyPassword('correct horse', stored)).toBe(true)
    expect(await verifyPassword('correct horsf', stored)).toBe(false)
  })

  test('are salted: the same one twice is stored differently', async () => {
    const [a, b] = await Promise.all([hashPassword('same'), hashPassword('same')])
    expect(a).not.toBe(b)
  })

  test('are compared as people see them, whatever keyboard made them', async () => {
    expect(await verifyPassword('cafe\u0301', await hashPassword('caf\u00e9'))).toBe(true)
  })

  test('are hashed as dearly as asked, and opened whatever they cost', async () => {
    const stored = await hashPassword('cheap', { memory: 8, passes: 1, parallelism: 1 })
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$/)
    expect([await verifyPassword('cheap', stored), await verifyPassword('cheat', stored)]).toEqual([true, false])
  })

  test('wait in a line of bounded length: who comes after that is sent away at once', async () => {
    const answers = await Promise.allSettled(Array.from({ length: 100 }, () => hashPassword('x', { memory: 8, passes: 1, parallelism: 1 })))
    const refused = answers.filter(({ status }) => status === 'rejected').map((answer) => (answer as PromiseRejectedResult).reason)
    expect(refused).toHaveLength(100 - 2 - 64)
    for (const reason of refused) expect(reason).toMatchObject({ name: new PasswordsBusy().name, code: 'RETRY_LATER' })
    expect(await verifyPassword('x', null, { memory: 8, passes: 1, parallelism: 1 })).toBe(false)
  })

  test('for nobody, or an unreadable record, the answer is no, after the same work', async () => {
    for (const stored of [null, '$argon2id$never']) {
      const start = performance.now()
      expect(await verifyPassword('', stored)).toBe(false)
      expect(performance.now() - start).toBeGreaterThan(20) // milliseconds: no shortcut was taken
    }
  })
})
