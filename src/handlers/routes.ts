/** Every command and the decider that judges it. A command without a route does not compile. */
import { accessRoutes } from './access.ts'
import { accountRoutes } from './account.ts'
import { actorRoutes } from './actor.ts'
import { acuRoutes } from './acu.ts'
import { assetRoutes } from './asset.ts'
import { boostRoutes } from './boost.ts'
import type { Command } from './commands.ts'
import { conversationRoutes } from './conversation.ts'
import type { Route, Routes } from './decider.ts'
import { importRoutes } from './import.ts'
import { instanceRoutes } from './instance.ts'
import { learningRoutes } from './learning.ts'
import { mediaRoutes } from './media.ts'
import { memoryRoutes } from './memory.ts'
import { muteRoutes } from './mute.ts'
import { reactionRoutes } from './reaction.ts'
import { readerRoutes } from './reader.ts'
import { relationRoutes } from './relation.ts'
import { reportRoutes } from './report.ts'
import { shelfRoutes } from './shelf.ts'
import { statusRoutes } from './status.ts'
import { vaultRoutes } from './vault.ts'
import { witnessRoutes } from './witness.ts'

const routes: Routes<Command['do']> = {
  ...instanceRoutes,
  ...accountRoutes,
  ...actorRoutes,
  ...statusRoutes,
  ...boostRoutes,
  ...reactionRoutes,
  ...relationRoutes,
  ...muteRoutes,
  ...mediaRoutes,
  ...readerRoutes,
  ...accessRoutes,
  ...reportRoutes,
  ...witnessRoutes,
  ...acuRoutes,
  ...learningRoutes,
  ...memoryRoutes,
  ...vaultRoutes,
  ...conversationRoutes,
  ...assetRoutes,
  ...importRoutes,
  ...shelfRoutes,
}

/** The route of a command: its own by construction of the table, which the compiler cannot follow through a union. */
export const routeOf = (command: Command): Route<Command> => routes[command.do] as Route<Command>
