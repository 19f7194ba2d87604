/** What the MCP server is given of this instance. */
import type { McpDeps } from '../../assistants/mcp/toolbox.ts'
import type { ApiDeps } from '../deps.ts'
import { noteAccess } from '../vivim/access.ts'
import { checkEvidence } from './evidence.ts'
import { keepingOf } from './keeping.ts'

export const mcpDeps = (deps: ApiDeps): McpDeps => ({
  pool: deps.pool,
  cipher: deps.vault.cipher,
  retrieval: deps.vault.retrieval,
  context: deps.vault.context,
  execute: deps.execute,
  projections: deps.projections,
  newId: deps.newId,
  now: deps.now,
  origin: deps.config.origin,
  note: (accountId, reader, reading) => noteAccess(deps, accountId, reader, reading),
  checkEvidence: (evidence) => checkEvidence(deps, evidence),
  keeping: keepingOf(deps),
  log: deps.log,
})
