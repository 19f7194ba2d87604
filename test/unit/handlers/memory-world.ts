/** What may be asked of memories in the small world, see world.ts: few ids, so that things collide. */
import fc from 'fast-check'
import type { MemoryCommand } from '../../../src/handlers/commands.ts'
import type { CommandOf } from '../../../src/handlers/decider.ts'
import { evidence, memorySamples } from '../events/memory-samples.ts'

const anyone = fc.constantFrom('1', '2', '3')
const memoryId = fc.constantFrom('75', '76', '77')
const at = fc.constantFrom('2026-01-31T12:00:00.000Z', '2026-01-31T12:00:01.000Z')
const own = fc.record({ id: memoryId, accountId: anyone, at })
const pair = fc.record({ accountId: anyone, sourceId: memoryId, targetId: memoryId, at })

/** Of one of the world's conversations, or of none. */
const grounds = fc.array(
  fc.constantFrom('70', '71').map((conversationId) => ({ ...evidence, conversationId })),
  { maxLength: 2 },
)

const record = fc
  .record({
    own,
    evidence: grounds,
    engine: fc.constantFrom('rules' as const, 'person' as const, 'import' as const, 'rollup' as const),
    status: fc.constantFrom('active' as const, 'candidate' as const),
  })
  .map(({ own, evidence, engine, status }) => {
    const sample = memorySamples['memory:record']
    return { ...sample, ...own, evidence, status, derivation: { ...sample.derivation, engine } }
  })

export const memoryArbitraries: { readonly [D in MemoryCommand['do']]: fc.Arbitrary<CommandOf<D>> } = {
  SegmentMessages: fc
    .record({ accountId: anyone, conversationId: fc.constantFrom('70', '71'), rules: fc.constantFrom('segments@1', 'segments@2') })
    .map((some) => ({ do: 'SegmentMessages', data: { ...memorySamples['acu:segment'], ...some } })),
  CreateAcu: own.map((some) => ({ do: 'CreateAcu', data: { ...memorySamples['acu:create'], ...some } })),
  DeleteAcu: own.map((data) => ({ do: 'DeleteAcu', data })),
  LinkAcus: fc.tuple(pair, fc.constantFrom(0.5, 1)).map(([some, weight]) => ({ do: 'LinkAcus', data: { ...some, relation: 'explains', weight } })),
  UnlinkAcus: pair.map((some) => ({ do: 'UnlinkAcus', data: { ...some, relation: 'explains' } })),
  RecordMemory: record.map((data) => ({ do: 'RecordMemory', data })),
  SupportMemory: fc.tuple(own, grounds).map(([some, evidence]) => ({ do: 'SupportMemory', data: { ...some, evidence } })),
  SupersedeMemory: fc
    .tuple(own, memoryId, fc.constantFrom(null, '2026'))
    .map(([some, by, validTo]) => ({ do: 'SupersedeMemory', data: { ...some, by, validTo } })),
  DisputeMemory: fc.tuple(own, memoryId).map(([some, other]) => ({ do: 'DisputeMemory', data: { ...some, with: other } })),
  ResolveMemory: fc
    .tuple(own, memoryId, fc.constantFrom('holds' as const, 'both' as const))
    .map(([some, other, as]) => ({ do: 'ResolveMemory', data: { ...some, with: other, as } })),
  ConfirmMemory: own.map((data) => ({ do: 'ConfirmMemory', data })),
  CorrectMemory: fc.tuple(own, fc.constantFrom('Porto', 'Lisbon')).map(([some, home]) => {
    const { claim } = memorySamples['memory:correct']
    return { do: 'CorrectMemory', data: { ...some, claim: { ...claim, text: `The user lives in ${home}.`, object: home.toLowerCase() } } }
  }),
  PinMemory: own.map((data) => ({ do: 'PinMemory', data })),
  UnpinMemory: own.map((data) => ({ do: 'UnpinMemory', data })),
  ArchiveMemory: own.map((data) => ({ do: 'ArchiveMemory', data })),
  RestoreMemory: own.map((data) => ({ do: 'RestoreMemory', data })),
  ForgetMemory: own.map((some) => ({ do: 'ForgetMemory', data: { ...memorySamples['memory:forget'], ...some } })),
  RelateMemories: fc
    .tuple(pair, fc.constantFrom(0.5, 1))
    .map(([some, weight]) => ({ do: 'RelateMemories', data: { ...some, relation: 'similar', weight } })),
  UnrelateMemories: pair.map((some) => ({ do: 'UnrelateMemories', data: { ...some, relation: 'similar' } })),
  NoteAccess: own.map((some) => ({ do: 'NoteAccess', data: { ...memorySamples['memory:access'], ...some } })),
  ReportExtraction: own.map((some) => ({ do: 'ReportExtraction', data: { ...memorySamples['extraction:report'], ...some } })),
  AddModel: own.map((some) => ({ do: 'AddModel', data: { ...memorySamples['model:add'], ...some } })),
  RemoveModel: own.map((data) => ({ do: 'RemoveModel', data })),
  SetContext: fc
    .tuple(anyone, at, fc.constantFrom('minimal', 'balanced'))
    .map(([accountId, at, preset]) => ({ do: 'SetContext', data: { accountId, settings: { preset }, at } })),
  SaveRecipe: fc
    .tuple(own, fc.constantFrom('One', 'Two'))
    .map(([some, name]) => ({ do: 'SaveRecipe', data: { ...memorySamples['recipe:save'], ...some, name } })),
  DeleteRecipe: own.map((data) => ({ do: 'DeleteRecipe', data })),
}
