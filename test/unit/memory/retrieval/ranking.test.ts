import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Document } from '../../../../src/memory/retrieval/documents.ts'
import { questionOf } from '../../../../src/memory/retrieval/question.ts'
import { type RankOptions, rank } from '../../../../src/memory/retrieval/rank.ts'
import { spansIn } from '../../../../src/memory/retrieval/spans.ts'
import { TextIndex } from '../../../../src/memory/retrieval/text-index.ts'
import { learnTopics, type Topics } from '../../../../src/memory/retrieval/topics.ts'

const NOW = Date.UTC(2026, 0, 31)
const DAY = 86_400_000

type Turn = readonly [speaker: string, text: string]

const documentOf = (conversationId: string, n: number, [speaker, text]: Turn, at = NOW): Document => ({
  id: `${conversationId}${n}`,
  conversationId,
  ordinal: n,
  at,
  speaker,
  role: 'user',
  provider: 'chatgpt',
  hidden: false,
  text,
  title: null,
})

function indexOf(conversations: Readonly<Record<string, readonly Turn[]>>): TextIndex {
  const index = new TextIndex()
  for (const [id, turns] of Object.entries(conversations)) for (const [n, turn] of turns.entries()) index.add(documentOf(id, n, turn))
  return index
}

function ask(index: TextIndex, text: string, options: Partial<RankOptions> & { readonly prefix?: boolean } = {}): readonly string[] {
  const { best } = rank(index, questionOf(index, text, { now: NOW, prefix: options.prefix ?? false }), { limit: 10, accept: () => true, ...options })
  return best.map(({ document }) => index.documents.idOf(document))
}

const talks = indexOf({
  a: [
    ['Ana', 'Morning! How was the weekend?'],
    ['Ben', 'Lovely. I finally went to the pottery class that my sister gave me.'],
    ['Ana', 'Oh nice, what did you make?'],
    ['Ben', 'A crooked blue bowl. The teacher was kind about it.'],
  ],
  b: [
    ['Ana', 'I am learning the clarinet now.'],
    ['Ben', 'Since when? You never told me!'],
    ['Ana', 'Since March. It sounds like a sad duck.'],
    ['Ben', 'Next week I have an exam in chemistry, wish me luck.'],
  ],
  c: [
    ['Ana', 'We could eat in the new ramen place.'],
    ['Ben', 'Yes please, Thursday?'],
  ],
})

describe('a question', () => {
  it('finds the turn with its words', () => expect(ask(talks, 'When is the chemistry exam?')[0]).toBe('b3'))
  it('finds other forms of its words', () => expect(ask(talks, 'potteries')[0]).toBe('a1'))
  it('finds an answer by what was asked before it', () => expect(ask(talks, 'What did Ben make in the pottery class?').slice(0, 2)).toContain('a3'))
  it('prefers turns of whom it is about', () => {
    const index = indexOf({ a: [['Ana', 'I like tea.'], ['Ben', 'I like tea.']] }) // biome-ignore format: one line
    expect(ask(index, 'Does Ben like tea?')[0]).toBe('a1')
    expect(ask(index, 'Does Ana like tea?')[0]).toBe('a0')
  })
  it('finds members of the kind it asks for', () => expect(ask(talks, 'Which instrument does Ana play?')[0]).toBe('b0'))
  it('finds what was probably meant', () => expect(ask(talks, 'chemsitry')[0]).toBe('b3'))
  it('finds a word that is still being typed', () => {
    expect(ask(talks, 'clari', { prefix: true })[0]).toBe('b0')
    expect(ask(talks, 'clari')).toEqual([])
  })
  it('finds nothing where nothing fits', () => expect(ask(talks, 'zeppelin')).toEqual([]))
  it('may consist of nothing, of names, or of marks', () => {
    expect(ask(talks, '')).toEqual([])
    expect(ask(talks, '?! … "')).toEqual([])
    expect(() => ask(talks, 'Ana')).not.toThrow()
  })
  it('never throws, and finds only what may be found', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.boolean(), (text, prefix) => {
        expect(ask(talks, text, { prefix, accept: (document) => document > 3 }).filter((id) => id.startsWith('a'))).toEqual([])
      }),
    )
  })
  it('is told why each was found, and the parts are the whole', () => {
    const { best } = rank(talks, questionOf(talks, 'pottery class of Ben', { now: NOW }), { limit: 5, accept: () => true })
    for (const { score, why } of best) expect(why.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(score, 1)
    expect(best[0]?.why.map(({ signal }) => signal)).toContain('words')
  })
  it('shows where it says so', () => {
    const text = 'Lovely. I finally went to the pottery class that my sister gave me.'
    const spans = spansIn(talks, questionOf(talks, 'pottery classes?', { now: NOW }), text)
    expect(spans.map(([start, end]) => text.slice(start, end))).toEqual(['pottery class'])
  })
})

describe('time', () => {
  const index = new TextIndex()
  const days = [300, 200, 100, 1]
  for (const [n, ago] of days.entries()) index.add(documentOf(`c${n}`, 0, ['Ana', 'I went for a run.'], NOW - ago * DAY))
  const idOf = (ago: number) => `c${days.indexOf(ago)}0`
  const iso = (ago: number) => new Date(NOW - ago * DAY).toISOString().slice(0, 10)

  it('of a day in the question comes first', () => expect(ask(index, `Did she run on ${iso(200)}?`)[0]).toBe(idOf(200)))
  it('of a month in words comes first', () => {
    const month = new Date(NOW - 100 * DAY).toLocaleString('en', { month: 'long', timeZone: 'UTC' })
    expect(ask(index, `run in ${month} 2025`)[0]).toBe(idOf(100))
  })
  it('told from today comes first', () => expect(ask(index, 'Who went for a run yesterday?')[0]).toBe(idOf(1)))
  it('prefers the newest when asked for it', () => expect(ask(index, 'What was the latest run?')[0]).toBe(idOf(1)))
})

describe('an index', () => {
  const turns = fc.array(fc.constantFrom('tea in the garden', 'rain again', 'garden gate', 'a tea pot', 'no'), { minLength: 1, maxLength: 8 })

  it('knows the same windows in whatever order the turns of a conversation come', () => {
    const shuffled = turns.chain((texts) => fc.tuple(fc.constant(texts), fc.shuffledSubarray([...texts.keys()], { minLength: texts.length })))
    fc.assert(
      fc.property(shuffled, ([texts, order]) => {
        const straight = indexOf({ a: texts.map((text) => ['Ana', text]) })
        const mixed = new TextIndex()
        for (const n of order) mixed.add(documentOf('a', n, ['Ana', texts[n] ?? '']))
        const windowsOf = (index: TextIndex) =>
          [...texts.keys()].map((n) => (index.windows[index.documents.numberOf(`a${n}`) ?? -1] ?? Number.NaN).toFixed(4))
        expect(windowsOf(mixed)).toEqual(windowsOf(straight))
        expect(Array.from(mixed.sessionDocuments(0), (number) => mixed.documents.idOf(number))).toEqual(texts.map((_, n) => `a${n}`))
      }),
    )
  })

  it('finds nothing of what was taken out, whatever was around it', () => {
    fc.assert(
      fc.property(turns, fc.nat(7), (texts, out) => {
        const index = indexOf({ a: texts.map((text) => ['Ana', text]) })
        index.remove(`a${out}`)
        expect(ask(index, 'tea garden rain')).not.toContain(`a${out}`)
        index.removeConversation('a')
        expect(ask(index, 'tea garden rain')).toEqual([])
        expect(index.documents.alive).toBe(0)
        expect(index.words).toBe(0)
        expect(Math.abs(index.windowed)).toBeLessThan(1e-6)
      }),
    )
  })

  it('takes what changed in the place of what it was', () => {
    const index = indexOf({ a: [['Ana', 'I like tea.'], ['Ben', 'Me too.']] }) // biome-ignore format: one line
    index.add(documentOf('a', 0, ['Ana', 'I like coffee.']))
    expect(ask(index, 'tea')).toEqual([])
    expect(ask(index, 'coffee')[0]).toBe('a0')
    expect(Array.from(index.sessionDocuments(0), (number) => index.documents.idOf(number))).toEqual(['a0', 'a1'])
  })

  it('begins a new session where a conversation rested', () => {
    const index = new TextIndex()
    const at = [0, 1_000, 10 * 3_600_000].map((ms) => NOW + ms)
    for (const [n, moment] of at.entries()) index.add(documentOf('a', n, ['Ana', `word${n} here`], moment))
    expect(index.documents.sessions.length).toBe(2)
    expect(ask(index, 'word1')).not.toContain('a2')
    index.removeConversation('a')
    expect(index.documents.alive).toBe(0)
  })
})

describe('topics', () => {
  const subjects = ['kiln glaze clay bowl', 'reef diver coral wave', 'chess rook gambit pawn', 'yeast flour crust oven', 'violin bow string tune']
  const vault = new TextIndex()
  for (let n = 0; n < 120; n++) {
    const words = (subjects[n % subjects.length] ?? '').split(' ')
    for (let turn = 0; turn < 3; turn++) {
      const text = `${words[turn]} ${words[(turn + 1 + (n % 2)) % 4]} ${['one', 'two', 'three'][turn]}${n % 17} filler${(n * 7 + turn) % 60}`
      vault.add(documentOf(`t${n}x`, turn, ['Ana', text]))
    }
  }
  const learn = (index = vault): Topics | null => {
    const learning = learnTopics(index)
    for (let step = learning.next(); ; step = learning.next()) if (step.done === true) return step.value
  }

  it('are found by words that were never said together with them in one turn', () => {
    const near = learn()?.near(questionOf(vault, 'clay', { now: NOW }).sought) ?? []
    const texts = near.slice(0, 10).map(({ document }) => Number(vault.documents.conversationOf(document).slice(1, -1)) % subjects.length)
    expect(new Set(texts)).toEqual(new Set([0]))
  })

  it('are the same every time', () => {
    const sought = questionOf(vault, 'violin flour', { now: NOW }).sought
    expect(learn()?.near(sought)).toEqual(learn()?.near(sought))
  })

  it('are not learnt from next to nothing', () => {
    expect(learn(talks)).toBeNull()
  })
})
