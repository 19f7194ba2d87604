/** Where texts are cut into units, and where they are not. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linksOf } from '../../../src/memory/acu-links.ts'
import { cuts, segment } from '../../../src/memory/segment.ts'
import { message } from './messages.ts'

const TEXT = `# A heading

A first paragraph. It goes on
over two lines.

What is the answer?

- one item
- another item
  that goes on

\`\`\`python
def f():

    return "- no item"
\`\`\`

| a | b |
|---|---|
| 1 | 2 |

$$
x = y
$$

> quoted words

We decided to use PostgreSQL.
- [ ] write it down`

test('paragraphs, items, headings, code, tables, formulas and quotes are units of their own', () => {
  expect(cuts(TEXT).map(({ start, end, type }) => [type, TEXT.slice(start, end).split('\n')[0]])).toEqual([
    ['heading', '# A heading'],
    ['statement', 'A first paragraph. It goes on'],
    ['question', 'What is the answer?'],
    ['list_item', '- one item'],
    ['list_item', '- another item'],
    ['code_snippet', '```python'],
    ['table', '| a | b |'],
    ['formula', '$$'],
    ['quote', '> quoted words'],
    ['decision', 'We decided to use PostgreSQL.'],
    ['task', '- [ ] write it down'],
  ])
})

test('units lie in the text, in order, apart, and hold all of its words that are long enough', () =>
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('word ', 'I think so. ', '\n', '\n\n', '- ', '```', '$$', '| a |', '> ', '# ', 'x'), { maxLength: 60 }),
      (parts) => {
        const text = parts.join('')
        let last = 0
        for (const { start, end } of cuts(text)) {
          expect(start).toBeGreaterThanOrEqual(last)
          expect(end).toBeGreaterThan(start)
          expect(end).toBeLessThanOrEqual(text.length)
          expect(text.slice(start, end).trim()).toBe(text.slice(start, end))
          last = end
        }
      },
    ),
  ))

test('the same words have the same hash, the same span the same id', () => {
  const [a] = segment(message('The same words.', { id: '1' }))
  const [b] = segment(message('The same words.', { id: '2' }))
  expect(a?.hash).toBe(b?.hash)
  expect(a?.id).not.toBe(b?.id)
  expect(segment(message('The same words.', { id: '1' }))).toEqual([a])
})

test('a question is answered by what comes next from somebody else; words explain the code under them', () => {
  const units = [
    ...segment(message('What is a monad?', { id: '1' })),
    ...segment({ ...message('A monad is a monoid.\n\n```js\nconst monad = 1\n```', { id: '2' }), role: 'assistant' }),
  ]
  expect(linksOf(units).map(({ relation }) => relation)).toEqual(['answered_by', 'next', 'explains'])
})

test('nothing of machines is cut, and long text costs what it is long', () => {
  expect(segment({ ...message('Some system prompt.'), role: 'system' })).toEqual([])
  expect(segment({ ...message('Injected words.'), injected: true })).toEqual([])
  const begun = performance.now()
  for (const text of ['- item\n'.repeat(150_000), '`'.repeat(1_000_000), '$$\n'.repeat(300_000), 'a '.repeat(500_000), '\n'.repeat(1_000_000)])
    segment(message(text))
  expect(performance.now() - begun).toBeLessThan(5_000)
})
