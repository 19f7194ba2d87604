/** What went wrong, in words that never hold a key. */
import { describe, expect, it } from 'vitest'
import { failureOf } from '../../../src/assistants/models/failures.ts'
import { problemWithModel } from '../../../src/assistants/models/new-model.ts'
import { isApiKey, without } from '../../../src/assistants/models/secrets.ts'
import { FetchFault } from '../../../src/host/fetch-fault.ts'

const KEY = 'sk-0123456789'
const answered = (statusCode: number, message: string): Error => Object.assign(new Error(message), { statusCode })

describe('a failure', () => {
  it('says what kind of trouble it is, and what was said of it', () => {
    const kinds = [401, 402, 403, 404, 400, 422, 429, 307, 500, 529].map((status) => [status, failureOf(answered(status, 'why'), KEY).kind])
    expect(kinds).toEqual([
      [401, 'key'],
      [402, 'limit'],
      [403, 'key'],
      [404, 'request'],
      [400, 'request'],
      [422, 'request'],
      [429, 'limit'],
      [307, 'request'],
      [500, 'model'],
      [529, 'model'],
    ])
    expect(failureOf(new Error('odd', { cause: new FetchFault('RETRY_LATER', 'no answer within 5 ms') }), KEY)).toEqual({
      kind: 'reach',
      message: 'The model could not be reached: no answer within 5 ms',
      status: null,
    })
    expect(failureOf('nonsense', KEY)).toMatchObject({ kind: 'model', status: null })
  })

  it('is found behind retries', () => {
    const retried = Object.assign(new Error('Failed after 3 attempts'), { lastError: answered(429, 'slow down') })
    expect(failureOf(retried, KEY)).toMatchObject({ kind: 'limit', status: 429, message: expect.stringContaining('slow down') as string })
  })

  it('is one line without the key, and cut', () => {
    const { message } = failureOf(answered(401, `key ${KEY}\r\nis\0wrong ${KEY} ${'x'.repeat(2_000)}`), KEY)
    expect(message).toContain('key [key] is wrong [key]')
    expect(message).not.toContain(KEY)
    expect(message).not.toMatch(/\p{Cc}/u)
    expect(message.length).toBeLessThan(600)
    expect(without(`${KEY}${KEY}`, KEY)).toBe('[key][key]')
    expect(without('text', '')).toBe('text')
  })
})

describe('a key', () => {
  it('is printable and in one piece: it goes into a header', () => {
    expect([KEY, 'AIza_-~!'].every(isApiKey)).toBe(true)
    for (const key of ['', 'two words', 'line\r\nbreak', 'tab\t', 'ü', 'x'.repeat(1_001)]) expect([key, isApiKey(key)]).toEqual([key, false])
  })

  it('of a model that is missing what it needs is asked for by field', () => {
    const model = { provider: 'openai', name: 'n', model: 'm', apiKey: KEY, baseUrl: null, embeddingModel: null }
    expect(problemWithModel(model)).toBeNull()
    expect(problemWithModel({ ...model, provider: 'ollama', apiKey: null })).toBeNull()
    expect(problemWithModel({ ...model, apiKey: null })?.field).toBe('apiKey')
    expect(problemWithModel({ ...model, model: ' ' })?.field).toBe('model')
    expect(problemWithModel({ ...model, baseUrl: 'https://models.example/v1#x' })?.field).toBe('baseUrl')
    expect(problemWithModel({ ...model, provider: 'openai-compatible' })?.field).toBe('baseUrl')
  })
})
