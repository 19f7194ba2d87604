/** Accounts of people here, and actors seen elsewhere. */
import type { ActorLinks, EventData, Profile } from '../../events/catalogue.ts'
import { type Statement, type Statements, silent } from '../fold.ts'
import type { Ties } from '../runs.ts'
import { buriedChanges, bury } from './bury.ts'

const profileColumns = `"displayName" text, note text, "noteSource" text, fields jsonb, "fieldsSource" jsonb, avatar text, header text, locked bool, bot bool,
  discoverable bool, indexable bool, emojis jsonb, "defaultVisibility" text, "defaultSensitive" bool, "defaultLanguage" text`

const linkColumns = 'uri text, url text, inbox text, "sharedInbox" text, outbox text, followers text, following text, featured text'

const setProfile = `display_name = e."displayName", note = e.note, note_source = e."noteSource", fields = e.fields, fields_source = e."fieldsSource",
  avatar = e.avatar, header = e.header, locked = e.locked, bot = e.bot, discoverable = e.discoverable, indexable = e.indexable, emojis = e.emojis,
  default_visibility = e."defaultVisibility", default_sensitive = e."defaultSensitive", default_language = e."defaultLanguage"`

const insertAccount = `
  insert into account (id, username, domain, type, uri, url, inbox, shared_inbox, outbox, followers_uri, following_uri, featured_uri, keys, role,
    display_name, note, note_source, fields, fields_source, avatar, header, locked, bot, discoverable, indexable, emojis,
    default_visibility, default_sensitive, default_language, created_at)
  select id, username, lower(domain), type, uri, url, inbox, "sharedInbox", outbox, followers, following, featured, keys, role,
    "displayName", note, "noteSource", fields, "fieldsSource", avatar, header, locked, bot, discoverable, indexable, emojis,
    "defaultVisibility", "defaultSensitive", "defaultLanguage", "createdAt" from e
  on conflict do nothing`

const accountColumns = `id int8, username text, domain text, type text, role text, keys jsonb, "createdAt" timestamptz, ${linkColumns}, ${profileColumns}`

/** Payloads hold profile and links as objects; `e` has their fields beside the others. */
const flat = ({ profile, links, ...rest }: { readonly profile: Profile; readonly links?: ActorLinks }): object => ({ ...rest, ...profile, ...links })

/** An account and its uri, that nothing else may have. */
const tiesOfAccount = ({ id, links }: { readonly id: string; readonly links: ActorLinks }): Ties => ({
  makes: [`account ${id}`, `profile ${id}`, `account uri ${links.uri}`],
})

/** What somebody says of themselves. */
const tiesOfProfile = ({ id }: { readonly id: string }): Ties => ({ makes: [`profile ${id}`], needs: [`account ${id}`] })

const create: Statement<'identity:create'> = {
  columns: accountColumns,
  together: tiesOfAccount,
  row: (data: EventData['identity:create']) => ({ ...flat(data), type: data.profile.bot ? 'Service' : 'Person' }),
  text: `, made as (${insertAccount}) ${silent}`,
}

const discover: Statement<'identity:discover'> = {
  columns: accountColumns,
  together: tiesOfAccount,
  row: flat,
  text: `, made as (${insertAccount}) ${silent}`,
}

const update: Statement<'identity:update'> = {
  together: tiesOfProfile,
  columns: `id int8, ${profileColumns}`,
  row: flat,
  text: `, changed as (
    update account a set ${setProfile}, type = case when a.domain is null then case when e.bot then 'Service' else 'Person' end else a.type end
    from e where a.id = e.id and a.deleted_at is null) ${silent}`,
}

const refresh: Statement<'identity:refresh'> = {
  together: tiesOfProfile,
  columns: `id int8, keys jsonb, ${linkColumns}, ${profileColumns}`,
  row: flat,
  text: `, changed as (
    update account a set ${setProfile}, keys = e.keys, url = e.url, inbox = e.inbox, shared_inbox = e."sharedInbox", outbox = e.outbox,
      followers_uri = e.followers, following_uri = e.following, featured_uri = e.featured
    from e where a.id = e.id and a.deleted_at is null) ${silent}`,
}

/** All that a person made here goes; their name, uri and keys stay, so that the deletion can still be signed, delivered and explained. */
const remove: Statement<'identity:delete'> = {
  columns: 'id int8, at timestamptz',
  text: `, gone as (
    update account a set deleted_at = e.at, display_name = '', note = '', note_source = '', fields = '[]', fields_source = '[]', avatar = null, header = null,
      emojis = '[]', discoverable = false, indexable = false, followers_count = 0, following_count = 0, statuses_count = 0, last_status_at = null
    from e where a.id = e.id and a.deleted_at is null returning a.id),
  own as (select s.id from status s join gone g on s.account_id = g.id),
  doomed as (
    select s.*, (select time from e) as at from status s where s.id in (select id from own) union all
    select s.*, (select time from e) from status s where s.reblog_of_id in (select id from own) and s.id not in (select id from own)),
  unliked as (delete from favourite f using gone g where f.account_id = g.id returning f.status_id),
  unfollowed as (delete from follow f using gone g where f.account_id = g.id or f.target_id = g.id returning f.account_id, f.target_id, f.state),
  unrelated as (
    select u.account_id as id, 0 as followers, 1 as following from unfollowed u join gone g on u.target_id = g.id where u.state = 'accepted' union all
    select u.target_id, 1, 0 from unfollowed u join gone g on u.account_id = g.id where u.state = 'accepted'),
  unmarked as (delete from bookmark b using gone g where b.account_id = g.id),
  unpinned as (delete from pin p using gone g where p.account_id = g.id),
  unblocked as (delete from block b using gone g where b.account_id = g.id or b.target_id = g.id),
  unmuted as (delete from mute m using gone g where m.account_id = g.id or m.target_id = g.id),
  emptied as (delete from home_entry h using gone g where h.account_id = g.id),
  unnotified as (delete from notification n using gone g where n.account_id = g.id or n.from_account_id = g.id),
  forgotten as (delete from marker k using gone g where k.account_id = g.id),
  discarded as (delete from media m using gone g where m.account_id = g.id)
  ${bury}`,
  changes: buriedChanges,
}

/** What they recorded is erased: the same rows as if it had never been, but for what others said about them. */
const erase: Statement<'identity:erase'> = {
  columns: 'id int8',
  text: `,
  forgotten as (delete from account a using e where a.id = e.id and a.deleted_at is not null),
  unreported as (delete from report r using e where r.account_id = e.id) ${silent}`,
}

export const accountStatements: Statements = {
  'identity:create': create,
  'identity:discover': discover,
  'identity:update': update,
  'identity:refresh': refresh,
  'identity:delete': remove,
  'identity:erase': erase,
}
