/** The rules, held against what may be learnt in five languages and what may not. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Block } from '../../../src/events/conversations.ts'
import { LANGUAGES } from '../../../src/memory/language.ts'
import { runRules } from '../../../src/memory/rules/rules.ts'
import { message } from './messages.ts'

type Expected = {
  readonly subject: string
  readonly predicate: string
  readonly object: string
  readonly says: string
  readonly quote: string
  readonly from?: string
}
type Golden = {
  readonly said: string
  readonly learnt: readonly { readonly text: string; readonly memories: readonly Expected[] }[]
  readonly nothing: readonly string[]
}

const golden = LANGUAGES.map(
  (code) => [code, JSON.parse(readFileSync(new URL(`../../../fixtures/memory/${code}.json`, import.meta.url), 'utf8')) as Golden] as const,
)

const learn = (text: string, said: string) => runRules([message(text, { said })])

describe.each(golden)('in %s', (code, { said, learnt, nothing }) => {
  test('exactly this is learnt, in the words it was said in', () => {
    for (const { text, memories } of learnt) {
      const found = learn(text, said).map(({ claim: { subject, predicate, object, text: says, validFrom }, evidence: { quote } }) => {
        return { subject, predicate, object, says, quote, ...(validFrom === null ? {} : { from: validFrom }) }
      })
      expect(found, text).toEqual(memories)
    }
  })

  test('every quote stands in the message, to the character, and is in the language', () => {
    for (const { text } of learnt) {
      for (const { claim, evidence } of learn(text, said)) {
        expect(text.slice(evidence.start, evidence.end)).toBe(evidence.quote)
        expect(evidence.quote).not.toBe('')
        if (text.length > 40) expect(claim.language, text).toBe(code)
      }
    }
  })

  test('nothing is learnt from what does not say it', () => {
    for (const text of nothing)
      expect(
        learn(text, said).map(({ claim }) => claim.text),
        text,
      ).toEqual([])
  })

  test('nothing is learnt from what is quoted, pasted, code, or said by a machine', () => {
    for (const { text } of learnt) {
      const block = (inner: Block) => ({ ...message(text, { said }), blocks: [inner] })
      const shapes = [
        message(`> ${text.replaceAll('\n', '\n> ')}`, { said }),
        message(`\`\`\`\n${text}\n\`\`\``, { said }),
        message(`"She says: ${text.replaceAll('"', '')}"`, { said }),
        message(`Here is the article:\n\n${text}`, { said }),
        message(`From: ann@example.org\nSubject: Hello\n\n${text}`, { said }),
        { ...message(text, { said }), injected: true },
        { ...message(text, { said }), hidden: true },
        { ...message(text, { said }), role: 'assistant' as const },
        { ...message(text, { said }), role: 'system' as const },
        { ...message(text, { said }), role: 'tool' as const },
        { ...message(text, { said }), role: 'context' as const },
        { ...message(text, { said }), recipient: 'python' },
        block({ t: 'code', text }),
        block({ t: 'reasoning', text }),
        block({ t: 'tool_result', callId: null, ok: true, content: [{ t: 'text', format: 'plain', text }] }),
        block({ t: 'opaque', nativeType: 'widget', raw: text }),
      ]
      for (const [n, shape] of shapes.entries())
        expect(
          runRules([shape]).map(({ claim }) => claim.text),
          `${n}: ${text}`,
        ).toEqual([])
    }
  })

  test('nothing is learnt from what a machine put into the conversation, and its owner repeats', () => {
    for (const { text } of learnt) {
      const recalled = { ...message(`Known of the user: ${text}`, { said }), role: 'system' as const }
      expect(runRules([recalled, message(text, { said })]), text).toEqual([])
    }
  })
})

test('the same messages give the same claims, in any batches', () => {
  const messages = golden.flatMap(([code, { said, learnt }]) => learnt.map(({ text }, n) => message(text, { said, id: `${code}${n}` })))
  const together = JSON.stringify(runRules(messages))
  expect(JSON.stringify(messages.flatMap((one) => runRules([one])))).toBe(together)
  expect(JSON.stringify(runRules(messages))).toBe(together)
})

test('secrets are neither learnt nor quoted', () => {
  const key = 'sk-proj-aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5'
  const card = '4111 1111 1111 1111'
  const texts = [
    `Remember that my key is ${key}`,
    `Please remember: the card number is ${card}`,
    'Remember that my password is correct horse battery staple',
    'My name is Bob and my PIN is 1234',
  ]
  for (const text of texts)
    expect(
      learn(text, '2024-03-15T10:00:00.000Z').map(({ evidence }) => evidence.quote),
      text,
    ).toEqual([])
})

test('a message that says too much of itself at once is a document', () => {
  const much = Array.from({ length: 40 }, (_, n) => `I like hobby${n}.`).join(' ')
  expect(learn(much, '2024-03-15T10:00:00.000Z')).toEqual([])
})

describe('hostile text costs what it is long', () => {
  const MEGABYTE = 1_000_000
  const shapes: readonly (readonly [what: string, text: string])[] = [
    ['one line of letters', 'a'.repeat(MEGABYTE)],
    ['cues without end', 'I live in '.repeat(MEGABYTE / 10)],
    ['my, my', 'my '.repeat(MEGABYTE / 3)],
    ['quotes', '"'.repeat(MEGABYTE)],
    ['backticks', '`'.repeat(MEGABYTE)],
    ['brackets', '<a '.repeat(MEGABYTE / 3)],
    ['digits', '1 '.repeat(MEGABYTE / 2)],
    ['new lines', '\n'.repeat(MEGABYTE)],
    ['capitals', 'My name is A '.repeat(MEGABYTE / 13)],
    ['dots', '. '.repeat(MEGABYTE / 2)],
    ['a token', `sk-${'a-'.repeat(MEGABYTE / 2)}`],
    ['base64', 'eyJ'.repeat(MEGABYTE / 3)],
  ]
  test.each(shapes)('%s', (_what, text) => {
    const said = '2024-03-15T10:00:00.000Z'
    const begun = performance.now()
    for (const size of [5_999, MEGABYTE]) learn(text.slice(0, size), said)
    expect(performance.now() - begun).toBeLessThan(1_000)
  })
})
