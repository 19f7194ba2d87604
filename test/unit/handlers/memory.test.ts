/** How memories come about, and what their owner makes of them. */
import { describe, test } from 'vitest'
import { learning } from '../../../src/handlers/learning.ts'
import { memory } from '../../../src/handlers/memory.ts'
import { conversationSamples } from '../events/conversation-samples.ts'
import { memorySamples as samples } from '../events/memory-samples.ts'
import { AT, erased, event, given, HERE, LATER, OUTSIDE } from './given.ts'

const STRANGER = { account: '2' } as const
const sample = samples['memory:record']
const conversation = { ...conversationSamples['conversation:create'], id: sample.evidence[0]!.conversationId, accountId: '1' }
const talked = event('conversation:create', conversation)
const rules = { ...sample, derivation: { ...sample.derivation, engine: 'rules' as const } }
const recorded = event('memory:record', rules)
const own = { id: rules.id, accountId: '1', at: AT }

describe('learning', () => {
  const record = { do: 'RecordMemory', data: rules } as const
  test('needs a conversation that is there', () => {
    given(learning, talked).when(OUTSIDE, record).records(event('memory:record', rules))
    given(learning).when(OUTSIDE, record).refused('NOT_FOUND')
    given(learning, talked, event('conversation:delete', { id: conversation.id, accountId: '1', at: AT }))
      .when(OUTSIDE, record)
      .refused('GONE')
    given(learning, event('conversation:create', { ...conversation, accountId: '2' }))
      .when(OUTSIDE, record)
      .refused('NOT_FOUND')
  })
  test('again is nothing; forgotten stays forgotten', () => {
    given(learning, talked, recorded).when(OUTSIDE, record).nothing()
    given(learning, talked, recorded, event('memory:forget', { ...own, marks: [] }))
      .when(OUTSIDE, record)
      .refused('GONE')
  })
  test('needs evidence, but for a person’s own word and what nobody believes yet', () => {
    const without = (engine: typeof sample.derivation.engine, status: 'active' | 'candidate', members: readonly string[] = []) =>
      ({ do: 'RecordMemory', data: { ...rules, evidence: [], members, status, derivation: { ...rules.derivation, engine } } }) as const
    given(learning).when(OUTSIDE, without('rules', 'active')).refused('INVALID')
    given(learning).when(OUTSIDE, without('model', 'candidate')).refused('INVALID')
    given(learning).when(OUTSIDE, without('assistant', 'active')).refused('INVALID')
    given(learning).when(OUTSIDE, without('rollup', 'active')).refused('INVALID')
    for (const [engine, status, members] of [
      ['assistant', 'candidate', []],
      ['import', 'candidate', []],
      ['rollup', 'active', ['5']],
    ] as const) {
      const command = without(engine, status, members)
      given(learning).when(OUTSIDE, command).records(event('memory:record', command.data))
    }
    const mine = without('person', 'active')
    given(learning).when(HERE, mine).records(event('memory:record', mine.data))
    given(learning).when(OUTSIDE, mine).refused('NOT_ALLOWED')
  })
  test('takes more evidence, once', () => {
    const data = { ...own, evidence: [{ ...sample.evidence[0]!, messageId: '9' }] }
    given(learning, recorded, talked).when(OUTSIDE, { do: 'SupportMemory', data }).records(event('memory:support', data))
    given(learning, recorded, event('memory:support', data), talked)
      .when(OUTSIDE, { do: 'SupportMemory', data: { ...data, at: LATER } })
      .nothing()
    given(learning, talked).when(OUTSIDE, { do: 'SupportMemory', data }).refused('NOT_FOUND')
  })
})

describe('a memory', () => {
  test('is confirmed, corrected and pinned by its owner alone', () => {
    for (const [name, type] of [
      ['ConfirmMemory', 'memory:confirm'],
      ['PinMemory', 'memory:pin'],
    ] as const) {
      given(memory, recorded).when(HERE, { do: name, data: own }).records(event(type, own))
      given(memory, recorded, event(type, own)).when(HERE, { do: name, data: own }).nothing()
      given(memory, recorded).when(OUTSIDE, { do: name, data: own }).refused('NOT_ALLOWED')
      given(memory, recorded).when(STRANGER, { do: name, data: own }).refused('NOT_ALLOWED')
    }
    const data = { ...own, claim: { ...samples['memory:correct'].claim, object: 'porto' } }
    given(memory, recorded).when(HERE, { do: 'CorrectMemory', data }).records(event('memory:correct', data))
    given(memory, recorded, event('memory:correct', data)).when(HERE, { do: 'CorrectMemory', data }).nothing()
  })
  test('is disputed until it is resolved, or the other takes its place', () => {
    const dispute = { ...own, with: '8' }
    const resolve = { ...dispute, as: 'holds' } as const
    given(memory, recorded).when(OUTSIDE, { do: 'DisputeMemory', data: dispute }).records(event('memory:dispute', dispute))
    given(memory, recorded, event('memory:dispute', dispute)).when(OUTSIDE, { do: 'DisputeMemory', data: dispute }).nothing()
    given(memory, recorded).when(HERE, { do: 'ResolveMemory', data: resolve }).nothing()
    given(memory, recorded, event('memory:dispute', dispute))
      .when(HERE, { do: 'ResolveMemory', data: resolve })
      .records(event('memory:resolve', resolve))
    const over = { ...own, by: '8', validTo: '2026' }
    given(memory, recorded, event('memory:dispute', dispute), event('memory:supersede', over))
      .when(HERE, { do: 'ResolveMemory', data: resolve })
      .nothing()
    given(memory, recorded, event('memory:supersede', over)).when(OUTSIDE, { do: 'SupersedeMemory', data: over }).nothing()
    given(memory, recorded, event('memory:supersede', over)).when(HERE, { do: 'ConfirmMemory', data: own }).refused('NOT_ALLOWED')
    given(memory, recorded, event('memory:supersede', over)).when(HERE, { do: 'RestoreMemory', data: own }).records(event('memory:restore', own))
  })
  test('is not its own rival', () => {
    given(memory, recorded)
      .when(OUTSIDE, { do: 'DisputeMemory', data: { ...own, with: own.id } })
      .refused('INVALID')
    given(memory, recorded)
      .when(OUTSIDE, { do: 'SupersedeMemory', data: { ...own, by: own.id, validTo: null } })
      .refused('INVALID')
  })
  test('is put away and taken out again', () => {
    given(memory, recorded).when(HERE, { do: 'ArchiveMemory', data: own }).records(event('memory:archive', own))
    given(memory, recorded, event('memory:archive', own)).when(HERE, { do: 'ArchiveMemory', data: own }).nothing()
    given(memory, recorded).when(HERE, { do: 'RestoreMemory', data: own }).nothing()
  })
  test('is forgotten for good', () => {
    const data = { ...own, marks: samples['memory:forget'].marks }
    given(memory, recorded).when(HERE, { do: 'ForgetMemory', data }).records(event('memory:forget', data))
    const forgotten = [erased('memory:record'), event('memory:forget', data)] as const
    given(memory, ...forgotten)
      .when(HERE, { do: 'ForgetMemory', data })
      .nothing()
    given(memory, ...forgotten)
      .when(HERE, { do: 'PinMemory', data: own })
      .refused('GONE')
    given(memory).when(HERE, { do: 'ForgetMemory', data }).refused('NOT_FOUND')
    given(memory, event('memory:record', { ...rules, accountId: '2' }))
      .when(HERE, { do: 'ForgetMemory', data })
      .refused('NOT_FOUND')
  })
})
