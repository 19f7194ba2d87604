/** The archive of an account: all of it, nothing of anybody else, and nothing in it can be changed unseen. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Eraser } from '../../../../src/handlers/erasure/eraser.ts'
import { type ArchiveVerdict, verifyArchive } from '../../../../src/ledger/account-archive-verdict.ts'
import { generateKeyPair, keyId } from '../../../../src/ledger/ed25519.ts'
import { keyEvent } from '../../../../src/ledger/key-operation.ts'
import { policyFor } from '../../../../src/ledger/receipt-verdict.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'
import { eraserOf } from '../../erasure/traces.ts'

let here: TestInstance
let eraser: Eraser
let ada: TestAccount
let ben: TestAccount
beforeAll(async () => {
  here = await testInstance()
  ada = await here.createAccount('ada')
  ben = await here.createAccount('ben')
  eraser = await eraserOf(here)
  const gone = await post(ada, { status: 'zanzibar', visibility: 'public' })
  await post(ada, { status: 'quetzal', visibility: 'public' })
  await post(ada, { status: 'obsidian', visibility: 'private', spoiler_text: 'Grüße 🦩' })
  await post(ben, { status: '@ada xylophone', visibility: 'direct' })
  await here.ask('DELETE', `/api/v1/statuses/${gone.id}`, { as: ada })
  await post(ada, { status: 'last of all', visibility: 'private' })
  await eraser.finished(here.deps.ledger.head().size - 1)
  await new Promise((resolve) => setTimeout(resolve, 250)) // a checkpoint with all its signatures may be as old
})
afterAll(async () => {
  await eraser?.close()
  await here?.close()
})

const post = async (as: TestAccount, body: object) => (await here.ask('POST', '/api/v1/statuses', { as, body })).json<{ id: string }>()
const archive = async (as: TestAccount = ada) => (await here.ask('GET', '/api/vivim/v1/export', { as })).body.trimEnd().split('\n')
const verified = (lines: readonly string[]): Promise<ArchiveVerdict> => verifyArchive(lines, policyFor)
const trusting = (lines: readonly string[]) => verifyArchive(lines, () => policyFor(here.deps.ledger.verifierKey))
const refusal = async (lines: readonly string[]) => {
  const verdict = await verified(lines)
  return verdict.ok ? null : verdict.code
}

test('holds what the account signed, opened, and proves it', async () => {
  const lines = await archive()
  expect(await trusting(lines)).toMatchObject({ ok: true, entries: lines.length - 2, erased: 1, size: here.deps.ledger.head().size })
  const text = lines.join('\n')
  for (const word of ['quetzal', 'obsidian', 'Grüße 🦩']) expect(text).toContain(word)
})

test('holds nothing of anybody else, nothing that was erased, and no password', async () => {
  const text = (await archive()).join('\n')
  for (const word of ['xylophone', 'zanzibar', 'argon2']) expect(text).not.toContain(word)
})

test('is for whoever may read everything of the account, and nobody else', async () => {
  expect((await here.ask('GET', '/api/vivim/v1/export')).statusCode).toBe(401)
  const narrow = await here.createToken(ada.id, ['read:statuses'])
  expect((await here.ask('GET', '/api/vivim/v1/export', { as: narrow })).statusCode).toBe(403)
  const answer = await here.ask('GET', '/api/vivim/v1/export', { as: ada })
  expect(answer.headers['content-disposition']).toBe('attachment; filename="ada.vivim-account"')
  expect(answer.headers['cache-control']).toBe('private, no-store')
})

test('follows keys that changed', async () => {
  const signer = `account/${ben.id}`
  const { actor } = await here.deps.ledger.createIdentity(signer)
  const device = generateKeyPair().publicKey
  const operations = [{ kind: 'add', devices: [device] } as const, { kind: 'revoke', keys: [keyId(device)], after: null } as const]
  for (const operation of operations) await here.deps.ledger.append({ signer, lane: 'public', events: [keyEvent(actor, operation)] })
  await post(ben, { status: 'after all that' })
  await new Promise((resolve) => setTimeout(resolve, 250))
  expect(await trusting(await archive(ben))).toMatchObject({ ok: true, entries: 5 })
})

describe('is refused', () => {
  const changed = (line: string, change: (value: Record<string, never>) => object) =>
    JSON.stringify(change(JSON.parse(line) as Record<string, never>))

  test('when an entry is left out that others come after in its chain, or when one is doubled or moved', async () => {
    const lines = await archive()
    const end = JSON.stringify({ end: lines.length - 3 })
    for (let i = 1; i < lines.length - 3; i++) {
      expect(await refusal([...lines.filter((_, n) => n !== i && n !== lines.length - 1), end]), `without entry ${i}`).toMatch(/CHAIN|AUTHOR/)
    }
    expect(await refusal([...lines.slice(0, 3), ...lines.slice(2)])).toBe('CHAIN')
    expect(await refusal([...lines.slice(0, 2), lines[3] ?? '', lines[2] ?? '', ...lines.slice(4)])).toBe('CHAIN')
  })

  test('when it breaks off', async () => {
    const lines = await archive()
    for (let length = 1; length < lines.length; length++) expect(await refusal(lines.slice(0, length)), `${length} lines`).toBe('CUT')
    expect(await refusal([])).toBe('MALFORMED')
    expect(await refusal([...lines, lines.at(-1) ?? ''])).toBe('MALFORMED')
  })

  test('when a word, a type, a stream or a time is another', async () => {
    const lines = await archive()
    const at = lines.findIndex((line) => line.includes('quetzal'))
    const put = (line: string) => [...lines.slice(0, at), line, ...lines.slice(at + 1)]
    const line = lines[at] ?? ''
    expect(await refusal(put(line.replace('quetzal', 'quetzel')))).toBe('COMMITMENT')
    expect(await refusal(put(line.replace('"status:create"', '"status:update"')))).toBe('READING')
    expect(await refusal(put(changed(line, (value) => ({ ...value, time: '2020-01-01T00:00:00.000Z' }))))).toBe('READING')
    expect(await refusal(put(changed(line, (value) => ({ ...value, position: Number(value['position']) + 1 }))))).toMatch(/INCLUSION|SIGNATURE/)
  })

  test('when any byte of commit, signature or proof is another', async () => {
    const lines = await archive()
    const at = lines.findIndex((line) => line.includes('obsidian'))
    const entry = JSON.parse(lines[at] ?? '') as { commit: string; signature: string; r: string; proof: string[] }
    const flip = (text: string, byte: number) => {
      const bytes = Buffer.from(text, 'base64')
      bytes[byte % bytes.length] = (bytes[byte % bytes.length] ?? 0) ^ 1
      return bytes.toString('base64')
    }
    for (let byte = 0; byte < 97; byte += 8) {
      for (const wrong of [
        { ...entry, commit: flip(entry.commit, byte) },
        { ...entry, signature: flip(entry.signature, byte) },
        { ...entry, r: flip(entry.r, byte) },
        { ...entry, proof: [flip(entry.proof[0] ?? '', byte), ...entry.proof.slice(1)] },
      ])
        expect(await refusal([...lines.slice(0, at), JSON.stringify(wrong), ...lines.slice(at + 1)])).toMatch(/^(INCLUSION|MALFORMED|ENTRY)$/)
    }
  })

  test('when the log that signed is another than the trusted one', async () => {
    const lines = await archive()
    const other = (await testInstance({ origin: 'https://there.example' })) satisfies TestInstance
    const verdict = await verifyArchive(lines, () => policyFor(other.deps.ledger.verifierKey))
    await other.close()
    expect(verdict).toMatchObject({ ok: false, code: 'SIGNATURE' })
  })

  test('when it is of two accounts', async () => {
    const [mine, theirs] = [await archive(ada), await archive(ben)]
    expect(await refusal([...mine.slice(0, -1), ...theirs.slice(1, -1), mine.at(-1) ?? ''])).not.toBeNull()
  })
})
