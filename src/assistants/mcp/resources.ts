/** Resources: what a client may attach by hand. Read like tools are: noted before it goes out. */
import { type ReadResourceResult, ResourceNotFoundError, ResourceTemplate } from '@modelcontextprotocol/server'
import { branchOf } from '../../projections/read/branches.ts'
import { conversationById, conversations } from '../../projections/read/conversations.ts'
import { memories, memoryById } from '../../projections/read/memories.ts'
import { messagesOf } from '../../projections/read/messages.ts'
import { dialogue } from './dialogue.ts'
import { type Desk, type Reading, Refused, scopeNeeded, wordsFor } from './toolbox.ts'

const LISTED = 50
/** UTF-16 units of one conversation. */
const LONGEST = 200_000

export function addResources(desk: Desk): void {
  const { server, deps, caller } = desk
  const { pool, cipher } = deps
  const scopeChallenge = scopeNeeded('memory:read')

  server.registerResource(
    'profile',
    'vivim://profile',
    { title: 'Who this person is', description: 'What may always be told of them, as notes', mimeType: 'text/markdown', scopeChallenge },
    (uri) =>
      reading(desk, 'resource:profile', uri, async () => {
        const { text, manifest } = await deps.context.assemble(caller.accountId, { task: '', budgetTokens: 1_500 })
        const memoryIds = manifest.items.flatMap(({ kind, id }) => (kind === 'memory' ? id : []))
        return { text: text === '' ? 'Nothing is known yet.' : text, mimeType: 'text/markdown', read: { memoryIds, tokens: manifest.tokens } }
      }),
  )

  const newestMemories = async () => {
    const found = await memories(pool, cipher, caller.accountId, { status: 'active', limit: LISTED })
    await desk.note('mcp:resources', { memoryIds: found.map(({ id }) => id) })
    return {
      resources: found.map(({ id, text }) => ({ uri: `vivim://memory/${id}`, name: `memory ${id}`, title: text, mimeType: 'application/json' })),
    }
  }
  server.registerResource(
    'memory',
    new ResourceTemplate('vivim://memory/{id}', { list: newestMemories }),
    { title: 'A memory', description: 'One memory with the words it rests on', mimeType: 'application/json', scopeChallenge },
    (uri, { id }) =>
      reading(desk, 'resource:memory', uri, async () => {
        const row = await memoryById(pool, cipher, caller.accountId, String(id))
        if (row === null) throw new ResourceNotFoundError(uri.href)
        const { type, category, text, status, confidence, observedAt, validFrom, validTo, evidence, derivation, pinned, tags } = row
        const shown = { id: row.id, type, category, text, status, confidence, observedAt, validFrom, validTo, pinned, tags, evidence, derivation }
        return { text: JSON.stringify(shown, null, 2), mimeType: 'application/json', read: { memoryIds: [row.id] } }
      }),
  )

  const newestConversations = async () => {
    const found = await conversations(pool, cipher, caller.accountId, { limit: LISTED })
    await desk.note('mcp:resources', { conversationIds: found.map(({ id }) => id) })
    return {
      resources: found.map(({ id, title }) => ({ uri: `vivim://conversation/${id}`, name: `conversation ${id}`, title, mimeType: 'text/markdown' })),
    }
  }
  server.registerResource(
    'conversation',
    new ResourceTemplate('vivim://conversation/{id}', { list: newestConversations }),
    { title: 'A conversation', description: 'The branch of it that is shown', mimeType: 'text/markdown', scopeChallenge },
    (uri, { id }) =>
      reading(desk, 'resource:conversation', uri, async () => {
        const row = await conversationById(pool, cipher, caller.accountId, String(id))
        if (row === null) throw new ResourceNotFoundError(uri.href)
        const branch = branchOf(await messagesOf(pool, cipher, row.id), row.activeLeafId)
        return { text: `# ${row.title}\n\n${dialogue(branch, LONGEST)}`, mimeType: 'text/markdown', read: { conversationIds: [row.id] } }
      }),
  )
}

type Shown = { readonly text: string; readonly mimeType: string; readonly read: Reading }

/** @throws {ResourceNotFoundError} and otherwise only what a stranger may read */
async function reading(desk: Desk, what: string, uri: URL, work: () => Promise<Shown>): Promise<ReadResourceResult> {
  try {
    const { text, mimeType, read } = await work()
    await desk.note(`mcp:${what}`, read)
    return { contents: [{ uri: uri.href, mimeType, text }] }
  } catch (error) {
    if (error instanceof ResourceNotFoundError) throw error
    throw new Refused(wordsFor(desk, what, error))
  }
}
