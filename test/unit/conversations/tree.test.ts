import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FoundMessage } from '../../../src/conversations/found.ts'
import { markdown, message } from '../../../src/conversations/importers/drafts.ts'
import { arranged } from '../../../src/conversations/tree.ts'

const said = (nativeId: string, parent: string | null, text = nativeId): FoundMessage =>
  message({ nativeId, parent, role: 'user', blocks: [markdown(text)] })
const shape = (messages: readonly FoundMessage[], joints: readonly (readonly [string, string | null])[] = []) => {
  const { placed, problems } = arranged({ messages, joints })
  return { order: placed.map(({ nativeId, parent }) => `${nativeId}<${parent ?? ''}`), problems: problems.map(({ reason }) => reason) }
}

describe('a conversation, arranged', () => {
  it('is a forest of all its messages, a parent before its answers, whatever the source says of parents', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'x')
    fc.assert(
      fc.property(fc.uniqueArray(id, { minLength: 1 }), fc.array(fc.option(id), { minLength: 8, maxLength: 8 }), (ids, parents) => {
        const { placed } = arranged({ messages: ids.map((one, n) => said(one, parents[n] ?? null)), joints: [['x', 'a']] })
        expect(placed.map(({ nativeId }) => nativeId).toSorted()).toEqual(ids.toSorted())
        const before = new Set<string>()
        for (const { nativeId, parent } of placed) {
          if (parent !== null) expect(before.has(parent)).toBe(true)
          before.add(nativeId)
        }
      }),
    )
  })

  it('keeps branches and the order of the source', () => {
    expect(shape([said('q', null), said('a1', 'q'), said('a2', 'q'), said('r', 'a2')])).toEqual({
      order: ['q<', 'a1<q', 'a2<q', 'r<a2'],
      problems: [],
    })
  })

  it('looks through nodes that say nothing', () => {
    expect(
      shape(
        [said('q', 'j2'), said('a', 'j3')],
        [
          ['j1', null],
          ['j2', 'j1'],
          ['j3', 'q'],
        ],
      ),
    ).toEqual({ order: ['q<', 'a<q'], problems: [] })
    expect(
      shape(
        [said('q', 'j1')],
        [
          ['j1', 'j2'],
          ['j2', 'j1'],
        ],
      ).order,
    ).toEqual(['q<'])
  })

  it('puts what answers nobody after the one before it, and says so', () => {
    expect(shape([said('q', null), said('a', 'gone')])).toEqual({ order: ['q<', 'a<q'], problems: ['missing'] })
  })

  it('cuts a cycle before its first message, and says so', () => {
    expect(shape([said('a', 'c'), said('b', 'a'), said('c', 'b'), said('d', 'd')])).toEqual({
      order: ['a<', 'b<a', 'c<b', 'd<'],
      problems: ['cycle', 'cycle'],
    })
  })

  it('keeps both of two that have one id, unless they are the same', () => {
    expect(shape([said('a', null), said('a', null)])).toEqual({ order: ['a<'], problems: [] })
    expect(shape([said('a', null), said('a', null, 'other')])).toEqual({ order: ['a<', 'a~2<'], problems: ['duplicate'] })
  })

  it('takes fifty thousand answers in a row', () => {
    const messages = Array.from({ length: 50_000 }, (_, n) => said(String(n), n === 0 ? null : String(n - 1)))
    expect(
      arranged({ messages: messages.toReversed(), joints: [] })
        .placed.map(({ nativeId }) => nativeId)
        .slice(0, 2),
    ).toEqual(['0', '1'])
  })
})
