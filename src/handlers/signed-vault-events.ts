/**
 * What people sign on their own devices about their vault: what they said and how they keep it, and what they say of memories. Pure.
 *
 * What machines derive is signed by the instance: imports and their files, spans of messages, memories from rules and models, what applications read;
 * a memory that a person signs is in their own words.
 * Forgetting leaves marks that only the instance can compute, and a model's key is sealed by it: both are asked for over the API.
 */
import type { EventData, EventType } from '../events/catalogue.ts'
import type { Command } from './commands.ts'

type Asks = { readonly [T in EventType]?: (data: EventData[T]) => Command }

export const vaultAsks = {
  'conversation:create': (data) => ({ do: 'CreateConversation', data }),
  'conversation:update': (data) => ({ do: 'UpdateConversation', data }),
  'conversation:delete': (data) => ({ do: 'DeleteConversation', data }),
  'conversation:share': (data) => ({ do: 'ShareConversation', data }),
  'conversation:unshare': (data) => ({ do: 'UnshareConversation', data }),
  'message:add': (data) => ({ do: 'AddMessage', data }),
  'message:update': (data) => ({ do: 'AddMessage', data }),
  'asset:delete': (data) => ({ do: 'DeleteAsset', data }),
  'shelf:create': (data) => ({ do: 'CreateShelf', data }),
  'shelf:update': (data) => ({ do: 'UpdateShelf', data }),
  'shelf:delete': (data) => ({ do: 'DeleteShelf', data }),
  'shelf:put': (data) => ({ do: 'PutOnShelf', data }),
  'shelf:take': (data) => ({ do: 'TakeFromShelf', data }),
  'acu:create': (data) => ({ do: 'CreateAcu', data }),
  'acu:delete': (data) => ({ do: 'DeleteAcu', data }),
  'acu:link': (data) => ({ do: 'LinkAcus', data }),
  'acu:unlink': (data) => ({ do: 'UnlinkAcus', data }),
  'memory:record': (data) => ({ do: 'RecordMemory', data }),
  'memory:supersede': (data) => ({ do: 'SupersedeMemory', data }),
  'memory:resolve': (data) => ({ do: 'ResolveMemory', data }),
  'memory:confirm': (data) => ({ do: 'ConfirmMemory', data }),
  'memory:correct': (data) => ({ do: 'CorrectMemory', data }),
  'memory:pin': (data) => ({ do: 'PinMemory', data }),
  'memory:unpin': (data) => ({ do: 'UnpinMemory', data }),
  'memory:archive': (data) => ({ do: 'ArchiveMemory', data }),
  'memory:restore': (data) => ({ do: 'RestoreMemory', data }),
  'memory:relate': (data) => ({ do: 'RelateMemories', data }),
  'memory:unrelate': (data) => ({ do: 'UnrelateMemories', data }),
  'context:settings': (data) => ({ do: 'SetContext', data }),
  'recipe:save': (data) => ({ do: 'SaveRecipe', data }),
  'recipe:delete': (data) => ({ do: 'DeleteRecipe', data }),
} satisfies Asks
