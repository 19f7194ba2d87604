import { describe, expect, it } from 'vitest'
import { archiveOf, parseLocomo } from '../../../../bench/memory/locomo.ts'
import { outcomeOf, summaryOf } from '../../../../bench/memory/recall.ts'

const file = JSON.stringify([
  {
    sample_id: 'made-up',
    conversation: {
      speaker_a: 'Ida',
      speaker_b: 'Jon',
      session_2_date_time: '12:05 am on 3 March, 2024',
      session_2: [{ speaker: 'Jon', dia_id: 'D2:1', text: 'Look!', blip_caption: 'a boat on a lake' }],
      session_1_date_time: '1:56 pm on 8 February, 2024',
      session_1: [
        { speaker: 'Ida', dia_id: 'D1:1', text: 'Hello' },
        { speaker: 'Jon', dia_id: 'D1:2', text: 'Hi' },
      ],
      session_3_date_time: '1:00 pm on 9 April, 2024',
    },
    qa: [
      { question: 'Who said hi?', answer: 'Jon', evidence: ['D1:2; D2:1'], category: 1 },
      { question: 'Where?', answer: 'x', evidence: ['D:2:01'], category: 4 },
      { question: 'Never said', answer: 'x', evidence: ['D9:9'], category: 4 },
      { question: 'Nothing', answer: 'x', evidence: [], category: 5 },
    ],
  },
])

describe('a file of the shape', () => {
  const [sample] = parseLocomo(file)

  it('has its sessions in order, with their moments', () => {
    expect(sample?.sessions.map(({ name, at }) => [name, at])).toEqual([
      ['session 1', '2024-02-08T13:56:00.000Z'],
      ['session 2', '2024-03-03T00:05:00.000Z'],
    ])
  })

  it('names evidence in the ways that occur, and only what is there', () => {
    expect(sample?.questions.map(({ evidence }) => evidence)).toEqual([['D1:2', 'D2:1'], ['D2:1']])
    expect(sample?.unanswerable).toBe(2)
  })

  it('becomes conversations on lines', () => {
    const lines = sample === undefined ? [] : archiveOf(sample).split('\n')
    expect(lines.map((line) => JSON.parse(line).messages.length)).toEqual([2, 1])
    expect(JSON.parse(lines[1] ?? '').messages[0].content.map(({ text }: { text: string }) => text)).toEqual(['Look!', 'a boat on a lake'])
  })
})

it('counts what is found at a depth, and inside a budget', () => {
  const asked = { sample: 's', question: 'q', category: 1, evidence: ['a', 'b'], tookMs: 1 }
  const found = ['x', 'a', 'y', 'z', 'w', 'b']
  const outcome = outcomeOf(asked, found, () => 450) // 114 tokens each
  expect(outcome.ranks).toEqual([2, 6])
  expect(outcome.recall).toEqual({ 5: 0.5, 10: 1, 20: 1 })
  expect(outcome.budget).toMatchObject({ 250: 0.5, 500: 0.5, 1000: 1 })
  expect(summaryOf([outcome, { ...outcome, recall: { 5: 0, 10: 0, 20: 0 } }]).recall).toEqual({ 5: 25, 10: 50, 20: 50 })
})
