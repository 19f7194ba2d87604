/** Everything that a person may sign about their vault, one after the other. */
import type { Claim } from '../../../../src/events/memories.ts'
import type { TestInstance } from '../../../support/instance.ts'
import { conversationSamples } from '../../../unit/events/conversation-samples.ts'
import { memorySamples } from '../../../unit/events/memory-samples.ts'

type Step = ['private', type: string, data: object]

export async function vaultSteps({ deps }: TestInstance, accountId: string): Promise<Step[]> {
  const { newId, now, execute } = deps
  const at = new Date(now()).toISOString()
  const own = () => ({ id: newId(), accountId, at })
  const [conversation, shelf, other] = [own(), own(), own()]
  const asset = { ...conversationSamples['asset:store'], ...own() }
  await execute({ by: 'instance', lane: 'private', commands: [{ do: 'StoreAsset', data: asset }] })
  return [
    ['private', 'conversation:create', { ...conversationSamples['conversation:create'], ...conversation }],
    ...said(conversation, newId()),
    ['private', 'asset:delete', { id: asset.id, accountId, at }],
    ['private', 'shelf:create', { ...conversationSamples['shelf:create'], ...shelf }],
    ['private', 'shelf:put', { ...conversationSamples['shelf:put'], ...shelf }],
    ['private', 'shelf:take', { ...conversationSamples['shelf:take'], ...shelf }],
    ['private', 'shelf:update', { ...conversationSamples['shelf:create'], ...shelf, name: 'Other looms' }],
    ['private', 'shelf:delete', shelf],
    ...spans(own(), other),
    ...(await remembered(deps, own(), own())),
    ['private', 'context:settings', { ...memorySamples['context:settings'], accountId, at }],
    ['private', 'recipe:save', { ...memorySamples['recipe:save'], ...other }],
    ['private', 'recipe:delete', other],
    ['private', 'conversation:delete', conversation],
  ]
}

type Own = { readonly id: string; readonly accountId: string; readonly at: string }

function said(conversation: Own, shareId: string): Step[] {
  const message = {
    ...conversationSamples['message:add'],
    accountId: conversation.accountId,
    conversationId: conversation.id,
    parentId: null,
  }
  const share = { ...conversationSamples['conversation:share'], ...conversation, shareId }
  return [
    ['private', 'message:add', message],
    ['private', 'message:update', { ...message, status: 'partial' }],
    ['private', 'conversation:update', { ...conversationSamples['conversation:update'], ...conversation }],
    ['private', 'conversation:share', share],
    ['private', 'conversation:unshare', { ...conversation, shareId }],
  ]
}

function spans(acu: Own, { id: targetId }: Own): Step[] {
  const { accountId, at } = acu
  const link = { accountId, at, sourceId: acu.id, targetId, relation: 'explains' }
  return [
    ['private', 'acu:create', { ...memorySamples['acu:create'], ...acu, parentId: null, relation: null }],
    ['private', 'acu:link', { ...link, weight: 0.5 }],
    ['private', 'acu:unlink', link],
    ['private', 'acu:delete', acu],
  ]
}

/** The memories are of the person's own words; that they disagree is for the instance to find. */
async function remembered({ execute }: TestInstance['deps'], one: Own, two: Own): Promise<Step[]> {
  const { accountId, at } = one
  const derivation = { engine: 'person', by: 'person', model: null, prompt: null, output: null } as const
  const memory = { ...memorySamples['memory:record'], status: 'candidate', evidence: [], members: [], derivation } as const
  await execute({ by: { account: accountId }, lane: 'private', commands: [{ do: 'RecordMemory', data: { ...memory, ...two } }] })
  await execute({ by: 'instance', lane: 'private', commands: [{ do: 'DisputeMemory', data: { ...two, with: one.id } }] })
  const { type, category, subject, predicate, object, language, validFrom, validTo, tags } = memory
  const claim: Claim = { type, category, text: 'In other words', subject, predicate, object, language, validFrom, validTo, tags }
  const link = { accountId, at, sourceId: one.id, targetId: two.id, relation: 'related_to' }
  return [
    ['private', 'memory:record', { ...memory, ...one }],
    ['private', 'memory:confirm', one],
    ['private', 'memory:correct', { ...one, claim }],
    ['private', 'memory:pin', one],
    ['private', 'memory:unpin', one],
    ['private', 'memory:archive', one],
    ['private', 'memory:restore', one],
    ['private', 'memory:relate', { ...link, weight: 0.5 }],
    ['private', 'memory:unrelate', link],
    ['private', 'memory:resolve', { ...two, with: one.id, as: 'both' }],
    ['private', 'memory:supersede', { ...two, by: one.id, validTo: null }],
  ]
}
