/** Commands around conversations that collide: two conversations, a few messages, links, files, imports and shelves. See world.ts. */
import fc from 'fast-check'
import type { Message } from '../../../src/events/conversations.ts'
import type { ConversationCommand } from '../../../src/handlers/commands.ts'
import type { CommandOf } from '../../../src/handlers/decider.ts'
import { conversationSamples as samples } from '../events/conversation-samples.ts'

const accountId = fc.constantFrom('1', '2')
const conversationId = fc.constantFrom('70', '71')
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
const title = fc.constantFrom('One', 'Two')

const message = fc
  .record({
    id: fc.constantFrom('80', '81', '82', '83'),
    conversationId,
    accountId,
    parentId: maybe(fc.constantFrom('80', '81', '82')),
    status: fc.constantFrom('complete' as const, 'partial' as const),
    text: fc.constantFrom('one', 'two'),
  })
  .map(
    ({ text, ...rest }): Message => ({
      ...samples['message:add'],
      ...rest,
      blocks: [{ t: 'text', format: 'plain', text }],
    }),
  )

const shelf = fc
  .record({
    id: fc.constantFrom('95', '96'),
    accountId,
    kind: fc.constantFrom('collection' as const, 'notebook' as const),
    name: title,
    parentId: maybe(fc.constantFrom('95', '96')),
  })
  .map((some) => ({ ...samples['shelf:create'], ...some }))

const put = fc.record({ id: fc.constantFrom('95', '96'), accountId, n: conversationId, place: fc.constantFrom(0, 1) })

export const conversationArbitraries: { readonly [D in ConversationCommand['do']]: fc.Arbitrary<CommandOf<D>> } = {
  CreateConversation: fc
    .record({ id: conversationId, accountId, title })
    .map((some) => ({ do: 'CreateConversation', data: { ...samples['conversation:create'], ...some } })),
  UpdateConversation: fc
    .record({ id: conversationId, accountId, title, starred: fc.boolean() })
    .map((some) => ({ do: 'UpdateConversation', data: { ...samples['conversation:update'], ...some } })),
  DeleteConversation: fc
    .record({ id: conversationId, accountId })
    .map((some) => ({ do: 'DeleteConversation', data: { ...samples['conversation:delete'], ...some } })),
  ShareConversation: fc
    .record({ id: conversationId, accountId, shareId: fc.constantFrom('75', '76'), tokenHash: fc.constantFrom('one', 'two') })
    .map((some) => ({ do: 'ShareConversation', data: { ...samples['conversation:share'], ...some } })),
  UnshareConversation: fc
    .record({ id: conversationId, accountId, shareId: fc.constantFrom('75', '76') })
    .map((some) => ({ do: 'UnshareConversation', data: { ...samples['conversation:unshare'], ...some } })),
  AddMessage: message.map((data) => ({ do: 'AddMessage', data })),
  StoreAsset: fc
    .record({ id: fc.constantFrom('85', '86'), accountId, sha256: fc.constantFrom('a'.repeat(64), 'b'.repeat(64)) })
    .map((some) => ({ do: 'StoreAsset', data: { ...samples['asset:store'], ...some } })),
  DeleteAsset: fc
    .record({ id: fc.constantFrom('85', '86'), accountId })
    .map((some) => ({ do: 'DeleteAsset', data: { ...samples['asset:delete'], ...some } })),
  StartImport: fc
    .record({ id: fc.constantFrom('87', '88'), accountId, name: title })
    .map((some) => ({ do: 'StartImport', data: { ...samples['import:start'], ...some } })),
  ReportImport: fc
    .record({ id: fc.constantFrom('87', '88'), accountId, summary: title })
    .map((some) => ({ do: 'ReportImport', data: { ...samples['import:report'], ...some } })),
  CreateShelf: shelf.map((data) => ({ do: 'CreateShelf', data })),
  UpdateShelf: shelf.map((data) => ({ do: 'UpdateShelf', data })),
  DeleteShelf: put.map(({ id, accountId }) => ({ do: 'DeleteShelf', data: { ...samples['shelf:delete'], id, accountId } })),
  PutOnShelf: put.map(({ id, accountId, n, place }) => ({
    do: 'PutOnShelf',
    data: { ...samples['shelf:put'], id, accountId, place, item: { kind: 'conversation', id: n } },
  })),
  TakeFromShelf: put.map(({ id, accountId, n }) => ({
    do: 'TakeFromShelf',
    data: { ...samples['shelf:take'], id, accountId, item: { kind: 'conversation', id: n } },
  })),
}
