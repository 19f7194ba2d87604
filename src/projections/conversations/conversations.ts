/** Conversations, the links to them, and everything that goes when one is deleted. */
import type { Conversation, ConversationDetails, ConversationEvents, Instant } from '../../events/conversations.ts'
import type { Statement, Statements } from '../fold.ts'
import type { RowCipher } from '../row-cipher.ts'
import { movedFrom } from './counts.ts'

/** Sealed: what never changes. */
export type SealedConversation = Pick<Conversation, 'createdAt' | 'model' | 'project' | 'groupedBy' | 'forkedFrom' | 'source' | 'extra' | 'at'>
/** Sealed: what may change. */
export type SealedDetails = Pick<ConversationDetails, 'title' | 'titleSource' | 'tags' | 'activeLeafId'> & { readonly updatedAt: Instant }

/** Names of what conversations are looked up by, which say nothing to whoever reads the database. */
export const tagKey = (cipher: RowCipher, accountId: string, tag: string): string => cipher.blind('tag', accountId, tag)
export const projectKey = (cipher: RowCipher, accountId: string, project: string): string => cipher.blind('project', accountId, project)
export const sourceKey = (cipher: RowCipher, accountId: string, provider: string, nativeId: string): string =>
  cipher.blind('source', accountId, provider, nativeId)

const changedConversation = (table: string): string =>
  `select jsonb_build_object('kind', 'conversation', 'conversationId', x.id::text, 'accountId', x.account_id::text, 'gone', false) as change from ${table} x order by x.id`

const detailsOf = (cipher: RowCipher, data: ConversationEvents['conversation:create' | 'conversation:update']) => {
  const { title, titleSource, tags, activeLeafId, updatedAt } = data
  const sealed: SealedDetails = { title, titleSource, tags, activeLeafId, updatedAt }
  return { details: cipher.seal(sealed), tagKeys: tags.map((tag) => tagKey(cipher, data.accountId, tag)) }
}

const create = (cipher: RowCipher): Statement<'conversation:create'> => ({
  columns: `id int8, "accountId" int8, provider text, origin text, product text, created timestamptz, updated timestamptz, starred bool, archived bool,
    temporary bool, "doNotRemember" bool, "sourceKey" text, "projectKey" text, "tagKeys" text[], assets int8[], sealed text, details text`,
  together: ({ id }) => ({ makes: [`conversation ${id}`, `details ${id}`] }),
  row(data: Conversation) {
    const { id, accountId, provider, origin, product, starred, archived, temporary, doNotRemember } = data
    const { createdAt, updatedAt, model, project, groupedBy, forkedFrom, source, extra, at } = data
    const sealed: SealedConversation = { createdAt, model, project, groupedBy, forkedFrom, source, extra, at }
    const named = project?.id ?? project?.name ?? null
    return {
      id,
      accountId,
      provider,
      origin,
      product,
      starred,
      archived,
      temporary,
      doNotRemember,
      ...detailsOf(cipher, data),
      created: createdAt.value ?? at,
      updated: updatedAt.value ?? createdAt.value ?? at,
      sourceKey: source?.nativeId ? sourceKey(cipher, accountId, provider, source.nativeId) : null,
      projectKey: named === null ? null : projectKey(cipher, accountId, named),
      assets: movedFrom(extra),
      sealed: cipher.seal(sealed),
    }
  },
  text: `, made as (
    insert into conversation (id, account_id, provider, origin, product, created_at, updated_at, starred, archived, temporary, do_not_remember,
      ordinal, changed, source_key, project_key, tag_keys, sealed, details)
    select id, "accountId", provider, origin, product, created, updated, starred, archived, temporary, "doNotRemember",
      ordinal, ordinal, "sourceKey", "projectKey", "tagKeys", decode(sealed, 'base64'), decode(details, 'base64') from e
    on conflict do nothing returning id, account_id),
  used as (
    insert into asset_use (conversation_id, message_id, asset_id, account_id)
    select m.id, 0, a.id, m.account_id from made m join e on e.id = m.id, unnest(e.assets) a(id) on conflict do nothing)`,
  changes: changedConversation('made'),
})

const update = (cipher: RowCipher): Statement<'conversation:update'> => ({
  columns: 'id int8, starred bool, archived bool, updated timestamptz, "tagKeys" text[], details text',
  together: ({ id }) => ({ makes: [`details ${id}`], needs: [`conversation ${id}`] }),
  row: (data: ConversationEvents['conversation:update']) => ({
    id: data.id,
    starred: data.starred,
    archived: data.archived,
    updated: data.updatedAt.value ?? data.at,
    ...detailsOf(cipher, data),
  }),
  text: `, changed as (
    update conversation c set starred = e.starred, archived = e.archived, updated_at = greatest(e.updated, c.last_message_at), tag_keys = e."tagKeys",
      details = decode(e.details, 'base64'), changed = greatest(c.changed, e.ordinal)
    from e where c.id = e.id returning c.id, c.account_id)`,
  changes: changedConversation('changed'),
})

/** With everything that was said, shown, shared or put on shelves of it. */
const remove: Statement<'conversation:delete'> = {
  columns: 'id int8',
  together: ({ id }) => ({ makes: [`conversation ${id}`, `details ${id}`], adds: ['shelves'] }),
  row: ({ id }: ConversationEvents['conversation:delete']) => ({ id }),
  text: `, gone as (delete from conversation c using e where c.id = e.id returning c.id, c.account_id),
  unsaid as (delete from message m using e where m.conversation_id = e.id returning m.id, m.account_id),
  unused as (delete from asset_use u using e where u.conversation_id = e.id),
  unshared as (delete from share s using e where s.conversation_id = e.id),
  taken as (
    delete from shelf_item i using (
      select id, account_id, 'conversation' as kind from gone union all select id, account_id, 'message' from unsaid) d
    where i.item_id = d.id and i.kind = d.kind and i.account_id = d.account_id returning i.shelf_id),
  recounted as (
    update shelf s set items = s.items - t.items from (select shelf_id, count(*)::int as items from taken group by shelf_id) t where s.id = t.shelf_id)`,
  changes: `select jsonb_build_object('kind', 'conversation', 'conversationId', g.id::text, 'accountId', g.account_id::text, 'gone', true) as change from gone g order by g.id`,
}

/** A conversation is another one, to whoever reads it, when it is shared or not any more. */
const noted = `,
  noted as (
    update conversation c set changed = greatest(c.changed, t.changed) from (select id, "accountId", max(ordinal) as changed from e group by 1, 2) t
    where c.id = t.id and c.account_id = t."accountId" returning c.id, c.account_id)`

const share: Statement<'conversation:share'> = {
  columns: 'id int8, "shareId" int8, "accountId" int8, "tokenHash" text, "leafId" int8, at timestamptz, "expiresAt" timestamptz',
  together: ({ id, shareId }) => ({ makes: [`share ${id} ${shareId}`], needs: [`conversation ${id}`] }),
  text: `, made as (
    insert into share (conversation_id, id, account_id, token_hash, leaf_id, ordinal, created_at, expires_at)
    select e.id, e."shareId", e."accountId", e."tokenHash", e."leafId", e.ordinal, e.at, e."expiresAt" from e join conversation c on c.id = e.id and c.account_id = e."accountId"
    on conflict do nothing)${noted}`,
  changes: changedConversation('noted'),
}

const unshare: Statement<'conversation:unshare'> = {
  columns: 'id int8, "shareId" int8, "accountId" int8',
  together: ({ id, shareId }) => ({ makes: [`share ${id} ${shareId}`], needs: [`conversation ${id}`] }),
  text: `, gone as (delete from share s using e where s.conversation_id = e.id and s.id = e."shareId" and s.account_id = e."accountId")${noted}`,
  changes: changedConversation('noted'),
}

export const conversationStatements = (cipher: RowCipher): Statements => ({
  'conversation:create': create(cipher),
  'conversation:update': update(cipher),
  'conversation:delete': remove,
  'conversation:share': share,
  'conversation:unshare': unshare,
})
