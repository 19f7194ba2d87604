/** Every call of the vault: what the OpenAPI document says of it. Each file of routes lists its own. */

import { acuWritingCalls } from './acu-writing.ts'
import { acuCalls } from './acus.ts'
import type { AnyCall } from './call.ts'
import { captureCalls } from './capture.ts'
import { chatCalls } from './chat.ts'
import { contextCalls } from './context.ts'
import { conversationCalls } from './conversations.ts'
import { exportCalls } from './exports.ts'
import { importCalls } from './imports.ts'
import { memoryCalls } from './memories.ts'
import { memoryRelationCalls } from './memory-relations.ts'
import { messageCalls } from './messages.ts'
import { modelCalls } from './models.ts'
import { proposalCalls } from './proposals.ts'
import { searchCalls } from './search.ts'
import { shareCalls } from './shares.ts'
import { shelfCalls } from './shelves.ts'
import { statisticsCalls } from './statistics.ts'
import { whyCalls } from './why.ts'

export const CALLS: readonly AnyCall[] = [
  ...conversationCalls,
  ...messageCalls,
  ...shareCalls,
  ...shelfCalls,
  ...exportCalls,
  ...acuCalls,
  ...acuWritingCalls,
  ...memoryCalls,
  ...memoryRelationCalls,
  ...whyCalls,
  ...modelCalls,
  ...chatCalls,
  ...proposalCalls,
  ...searchCalls,
  ...importCalls,
  ...captureCalls,
  ...statisticsCalls,
  ...contextCalls,
]
