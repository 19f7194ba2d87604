/** What is counted of a message, and which files belong to it. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Block } from '../../../src/events/conversations.ts'
import { assetsOf, countsOf, movedFrom } from '../../../src/projections/conversations/counts.ts'
import { blocks } from '../events/conversation-samples.ts'

const text = (words: string): Block => ({ t: 'text', format: 'markdown', text: words })

test('words, code and pictures are counted as a reader would; what tools answered is not', () => {
  expect(countsOf([text(' two  words\n'), text('```js\na b\n```\n\n```\nopen')])).toMatchObject({ words: 2 + 6, code_blocks: 1 })
  expect(countsOf(blocks)).toEqual({
    words: 5,
    characters: 'The engine weaves *algebraic patterns*.'.length + 'const loom = 1'.length,
    code_blocks: 1,
    images: 1,
    tool_calls: 1,
  })
})

test('files are those that blocks show, also inside answers of tools, each once', () => {
  const picture: Block = { t: 'image', asset: { assetId: '7', pointer: null, state: 'stored' } }
  const answer: Block = { t: 'tool_result', callId: null, ok: true, content: [picture, { ...picture, asset: { ...picture.asset, assetId: null } }] }
  expect(assetsOf([answer, picture], null)).toEqual(['7'])
})

test('what was moved to a file is found wherever it was, and text that reads like it is text', () => {
  expect(movedFrom({ a: [{ b: { movedToAsset: '7', bytes: 1 } }] })).toEqual(['7'])
  expect(movedFrom({ movedToAsset: '9223372036854775808' })).toEqual([])
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('"', '\\', ':', '{', '}', ' ', 'movedToAsset', '1') }), (words) => {
      expect(movedFrom({ text: words })).toEqual([])
    }),
  )
})
