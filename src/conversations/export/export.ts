/** What a person takes along: one conversation to read or to bring elsewhere, or everything in their vault as one file. */
import { basename } from 'node:path'
import type { Conversation, Message } from '../../events/conversations.ts'
import { branchOf } from '../../projections/read/branches.ts'
import { type ConversationCursor, type ConversationRow, conversations } from '../../projections/read/conversations.ts'
import { type AssetRow, assets, assetsIn } from '../../projections/read/imports.ts'
import { memories } from '../../projections/read/memories.ts'
import { messagesOf } from '../../projections/read/messages.ts'
import type { Db } from '../../projections/read/query.ts'
import { type ShelfRow, shelfItems, shelves } from '../../projections/read/shelves.ts'
import type { RowCipher } from '../../projections/row-cipher.ts'
import { openFile } from '../assets.ts'
import { conversationHtml } from './html.ts'
import { conversationMarkdown } from './markdown.ts'
import { type ExportedAsset, exportedConversation, fileOf, type Head } from './vivim-export.ts'

export type ExportDeps = { readonly config: { readonly dataDir: string }; readonly pool: Db; readonly cipher: RowCipher }

export type ExportFormat = 'json' | 'markdown' | 'html'

/** `name`: for a file, printable ASCII. `content`: in pieces, so that no vault is too large. */
export type Export = { readonly name: string; readonly type: string; readonly content: AsyncIterable<string> }

/** Files larger than this are named in an export, without their bytes. */
const LARGEST_FILE = 32 * 1024 * 1024
const PAGE = 100

/** One conversation. JSON has all of it, with its files; the others the branch that is shown. */
export function exportConversation(deps: ExportDeps, conversation: ConversationRow, format: ExportFormat, head: Head): Export {
  const name = fileName(conversation.title, conversation.id)
  switch (format) {
    case 'json':
      return { name: `${name}.vivim.json`, type: 'application/json; charset=utf-8', content: jsonOf(deps, conversation, head) }
    case 'markdown':
      return { name: `${name}.md`, type: 'text/markdown; charset=utf-8', content: readable(deps, conversation, conversationMarkdown) }
    default:
      return { name: `${name}.html`, type: 'text/html; charset=utf-8', content: readable(deps, conversation, conversationHtml) }
  }
}

/** Everything that the account has in its vault. */
export function exportVault(deps: ExportDeps, accountId: string, head: Head): Export {
  const content = fileOf(head, {
    assets: filesOf(deps, accountId),
    conversations: recordsOf(deps, every(deps, accountId)),
    collections: shelvesOf(deps, accountId, 'collection'),
    notebooks: shelvesOf(deps, accountId, 'notebook'),
    memories: memoriesOf(deps, accountId),
  })
  return { name: `${fileName(head.account, 'vault')}.vivim.json`, type: 'application/json; charset=utf-8', content }
}

const jsonOf = (deps: ExportDeps, conversation: ConversationRow, head: Head): AsyncIterable<string> =>
  fileOf(head, { assets: filesIn(deps, conversation), conversations: recordsOf(deps, [conversation]) })

type Draw = (conversation: Conversation, shown: readonly Message[], all: readonly Message[]) => string

async function* readable({ pool, cipher }: ExportDeps, conversation: ConversationRow, draw: Draw): AsyncGenerator<string> {
  const all = await messagesOf(pool, cipher, conversation.id)
  yield draw(conversation, branchOf(all, conversation.activeLeafId), all)
}

/** The oldest last, page by page. */
async function* every({ pool, cipher }: ExportDeps, accountId: string): AsyncGenerator<ConversationRow> {
  let before: ConversationCursor | null = null
  do {
    const page: ConversationRow[] = await conversations(pool, cipher, accountId, {
      order: 'created',
      limit: PAGE,
      ...(before === null ? {} : { before }),
    })
    yield* page
    const last = page.length === PAGE ? page.at(-1) : undefined
    before = last === undefined ? null : { at: last.created, id: last.id }
  } while (before !== null)
}

type Rows = AsyncIterable<ConversationRow> | Iterable<ConversationRow>

async function* recordsOf({ pool, cipher }: ExportDeps, rows: Rows) {
  for await (const row of rows) yield exportedConversation(row, await messagesOf(pool, cipher, row.id))
}

async function* filesOf(deps: ExportDeps, accountId: string): AsyncGenerator<ExportedAsset> {
  let after: string | undefined
  do {
    const page: AssetRow[] = await assets(deps.pool, deps.cipher, accountId, { limit: PAGE, ...(after === undefined ? {} : { after }) })
    for (const asset of page) yield await exportedAsset(deps, asset)
    after = page.length === PAGE ? page.at(-1)?.id : undefined
  } while (after !== undefined)
}

async function* filesIn(deps: ExportDeps, { id }: ConversationRow): AsyncGenerator<ExportedAsset> {
  for (const asset of await assetsIn(deps.pool, deps.cipher, id)) yield await exportedAsset(deps, asset)
}

async function exportedAsset(deps: ExportDeps, asset: AssetRow): Promise<ExportedAsset> {
  const { id, name, mime, sha256, bytes } = asset
  return { id, name, mime, sha256, bytes, base64: bytes > LARGEST_FILE ? null : await base64Of(deps, asset) }
}

/** Null when the disk has lost it: the export goes on, and says so. */
async function base64Of({ config }: ExportDeps, { file, key }: AssetRow): Promise<string | null> {
  const parts: Uint8Array[] = []
  try {
    for await (const part of openFile(config.dataDir, { file, key })) parts.push(part)
    return Buffer.concat(parts).toString('base64')
  } catch {
    return null
  }
}

async function* shelvesOf({ pool, cipher }: ExportDeps, accountId: string, kind: ShelfRow['kind']) {
  for (const { accountId: _, items: _count, ...shelf } of await shelves(pool, cipher, accountId, kind))
    yield { ...shelf, items: await shelfItems(pool, cipher, shelf.id) }
}

async function* memoriesOf({ pool, cipher }: ExportDeps, accountId: string) {
  let cursor: string | undefined
  do {
    const page = await memories(pool, cipher, accountId, { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) })
    for (const { accountId: _, cursor: _cursor, ...memory } of page) yield memory
    cursor = page.length === PAGE ? page.at(-1)?.cursor : undefined
  } while (cursor !== undefined)
}

/** ASCII words of a title, and an id that makes it one of a kind. */
function fileName(title: string, id: string): string {
  const words = basename(
    title
      .normalize('NFKD')
      .replaceAll(/[^\w -]/g, '')
      .trim()
      .replaceAll(/\s+/g, '-')
      .slice(0, 60),
  ).toLowerCase()
  return words === '' ? id : `${words}-${id}`
}
