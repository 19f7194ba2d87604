/** The access projection: the instance, credentials, applications, grants, sessions. */
import type { EventData } from '../../events/catalogue.ts'
import { foldOf, type Statement, type Statements, silent, sourceOf } from '../fold.ts'
import type { Projection } from '../projection.ts'
import { accessDdl, accessTables } from './ddl.ts'

const changedInstance = `select jsonb_build_object('kind', 'instance') as change from made`

const setUp: Statement<'instance:create'> = {
  columns: 'title text, origin text',
  text: `, made as (
    insert into instance (title, description, registrations, origin) select title, '', 'closed', origin from e on conflict do nothing returning 1) ${changedInstance}`,
}

const configure: Statement<'instance:update'> = {
  columns: 'title text, description text, "contactAccountId" int8, registrations text',
  text: `, made as (
    update instance i set title = e.title, description = e.description, contact_account_id = e."contactAccountId", registrations = e.registrations
    from e returning 1) ${changedInstance}`,
}

/** Whoever owns the instance answers for it until they name somebody else. */
const setOwner: Statement<'instance:set_owner'> = {
  columns: '"accountId" int8',
  text: `, made as (
    update instance i set contact_account_id = coalesce(i.contact_account_id, e."accountId") from e returning 1) ${changedInstance}`,
}

/** The credential may have been recorded first, see src/handlers/found.ts. */
const enrol: Statement<'identity:create'> = {
  columns: 'id int8, username text',
  row: ({ id, username }: EventData['identity:create']) => ({ id, username }),
  text: `, made as (
    insert into credential (account_id, username) select id, username from e
    on conflict (account_id) do update set username = excluded.username) ${silent}`,
}

const setCredential: Statement<'identity:credential'> = {
  columns: 'id int8, email text, "passwordHash" text',
  text: `, made as (
    insert into credential (account_id, email, password_hash) select id, email, "passwordHash" from e
    on conflict (account_id) do update set email = excluded.email, password_hash = excluded.password_hash) ${silent}`,
}

const revoked = (table: string): string =>
  `select jsonb_build_object('kind', 'grant.revoked', 'grantId', r.id::text) as change from ${table} r order by r.id`

/** Whoever is deleted is signed out everywhere. */
const expel: Statement<'identity:delete' | 'identity:erase'> = {
  columns: 'id int8',
  text: `,
  forgotten as (delete from credential c using e where c.account_id = e.id),
  closed as (delete from session s using e where s.account_id = e.id),
  removed as (delete from app_grant g using e where g.account_id = e.id returning g.id)
  ${revoked('removed')}`,
}

const registerApp: Statement<'app:register'> = {
  columns: 'id int8, "clientId" text, "secretHash" text, name text, website text, "redirectUris" text[], scopes text[], at timestamptz',
  text: `, made as (
    insert into app (id, client_id, secret_hash, name, website, redirect_uris, scopes, created_at)
    select id, "clientId", "secretHash", name, website, "redirectUris", scopes, at from e on conflict do nothing) ${silent}`,
}

const grant: Statement<'grant:create'> = {
  columns: 'id int8, "tokenHash" text, "appId" int8, "accountId" int8, scopes text[], at timestamptz, "expiresAt" timestamptz',
  text: `, made as (
    insert into app_grant (id, token_hash, app_id, account_id, scopes, created_at, expires_at)
    select id, "tokenHash", "appId", "accountId", scopes, at, "expiresAt" from e on conflict do nothing) ${silent}`,
}

const revoke: Statement<'grant:revoke'> = {
  columns: 'id int8',
  text: `, removed as (delete from app_grant g using e where g.id = e.id returning g.id) ${revoked('removed')}`,
}

const openSession: Statement<'session:create'> = {
  columns: 'id int8, "tokenHash" text, "accountId" int8, at timestamptz, "expiresAt" timestamptz',
  text: `, made as (
    insert into session (id, token_hash, account_id, created_at, expires_at)
    select id, "tokenHash", "accountId", at, "expiresAt" from e on conflict do nothing) ${silent}`,
}

const closeSession: Statement<'session:revoke'> = {
  columns: 'id int8',
  text: `, removed as (delete from session s using e where s.id = e.id) ${silent}`,
}

const statements: Statements = {
  'instance:create': setUp,
  'instance:update': configure,
  'instance:set_owner': setOwner,
  'identity:create': enrol,
  'identity:credential': setCredential,
  'identity:delete': expel,
  'identity:erase': expel,
  'app:register': registerApp,
  'grant:create': grant,
  'grant:revoke': revoke,
  'session:create': openSession,
  'session:revoke': closeSession,
}

const { fold, prepare } = foldOf(statements)

export const access: Projection = {
  name: 'access',
  version: 3,
  tables: accessTables,
  ddl: accessDdl,
  source: sourceOf(statements),
  project: fold,
  prepare,
}
