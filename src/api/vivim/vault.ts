/**
 * The vault over HTTP: conversations, memories and what is done with them. Only for their owner, by applications that have the scope.
 *
 * Each file has its calls as values (call.ts), which calls.ts gathers for the document, and a function that makes routes of them (serve.ts).
 */
import type { FastifyInstance } from 'fastify'
import type { ApiDeps } from '../deps.ts'
import { registerAcuWriting } from './acu-writing.ts'
import { registerAcus } from './acus.ts'
import { registerCapture } from './capture.ts'
import { registerChat } from './chat.ts'
import { registerContext } from './context.ts'
import { registerConversations } from './conversations.ts'
import { registerExports } from './exports.ts'
import type { ActorOf } from './identities.ts'
import { registerImports } from './imports.ts'
import { registerMemories } from './memories.ts'
import { registerMemoryRelations } from './memory-relations.ts'
import { registerMessages } from './messages.ts'
import { registerModels } from './models.ts'
import { registerProposals } from './proposals.ts'
import { registerSearch } from './search.ts'
import { createServe, createServeOpen } from './serve.ts'
import { registerShares } from './shares.ts'
import { registerShelves } from './shelves.ts'
import { registerStatistics } from './statistics.ts'
import { registerWhy } from './why.ts'

export function registerVault(app: FastifyInstance, root: string, deps: ApiDeps & { readonly actorOf: ActorOf }): void {
  const serve = createServe(app, root, deps)
  const open = createServeOpen(app, root)
  registerConversations(serve, deps)
  registerMessages(serve, deps)
  registerShares(serve, open, deps)
  registerShelves(serve, deps)
  registerExports(serve, deps)
  registerAcus(serve, deps)
  registerAcuWriting(serve, deps)
  registerMemories(serve, deps)
  registerMemoryRelations(serve, deps)
  registerWhy(serve, deps)
  registerModels(serve, deps)
  registerChat(serve, deps)
  registerProposals(serve, deps)
  registerSearch(serve, deps)
  registerImports(app, root, deps)
  registerCapture(serve, open, deps)
  registerStatistics(serve, deps)
  registerContext(serve, deps)
}
