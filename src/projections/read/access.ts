/** The instance, who may sign in, applications, and what people allowed them. Tokens are looked up by hash only. */
import sql, { raw } from 'sql-template-tag'
import type { AppRow, CredentialRow, GrantRow, InstanceRow, SessionRow } from '../rows.ts'
import { type Db, isId, row, rows } from './query.ts'

const appColumns = raw('a.id, a.client_id, a.secret_hash, a.name, a.website, a.redirect_uris, a.scopes, a.created_at')
const grantColumns = raw('g.id, g.token_hash, g.app_id, g.account_id, g.scopes, g.created_at, g.expires_at')

/** The instance; null before set-up. */
export const instance = (db: Db): Promise<InstanceRow | null> =>
  row<InstanceRow>(db, sql`select i.title, i.description, i.contact_account_id, i.registrations, i.origin from access.instance i`)

/** True once the instance has an owner: set-up that stopped half-way can be taken up again. */
export async function isSetUp(db: Db): Promise<boolean> {
  return (await row(db, sql`select i.origin from access.instance i where exists (select from social.account a where a.role = 'owner')`)) !== null
}

/** The account that may sign in with this user name or e-mail address (any case); null when nobody can, or no password is set. */
export const credentialByLogin = (db: Db, usernameOrEmail: string): Promise<CredentialRow | null> =>
  row<CredentialRow>(
    db,
    sql`select c.account_id, c.username, c.email, c.password_hash from access.credential c
      where (lower(c.username) = ${usernameOrEmail.toLowerCase()} or lower(c.email) = ${usernameOrEmail.toLowerCase()}) and c.password_hash is not null and c.username is not null
      order by lower(c.username) = ${usernameOrEmail.toLowerCase()} desc, c.account_id limit 1`,
  )

export const appByClientId = (db: Db, clientId: string): Promise<AppRow | null> =>
  row<AppRow>(db, sql`select ${appColumns} from access.app a where a.client_id = ${clientId}`)

export async function appById(db: Db, id: string): Promise<AppRow | null> {
  return isId(id) ? await row<AppRow>(db, sql`select ${appColumns} from access.app a where a.id = ${id}`) : null
}

/** A grant that has neither been revoked nor expired, by SHA-256 (base64url) of its token. */
export const grantByTokenHash = (db: Db, tokenHash: string): Promise<GrantRow | null> =>
  row<GrantRow>(
    db,
    sql`select ${grantColumns} from access.app_grant g where g.token_hash = ${tokenHash} and (g.expires_at is null or g.expires_at > now())`,
  )

/** A session that is neither closed nor expired, by SHA-256 (base64url) of its cookie. */
export const sessionByTokenHash = (db: Db, tokenHash: string): Promise<SessionRow | null> =>
  row<SessionRow>(db, sql`select s.id, s.account_id, s.expires_at from access.session s where s.token_hash = ${tokenHash} and s.expires_at > now()`)

/** What an account has allowed, newest first. */
export const grantsOf = (db: Db, accountId: string): Promise<GrantRow[]> =>
  rows<GrantRow>(db, sql`select ${grantColumns} from access.app_grant g where g.account_id = ${accountId} order by g.id desc`)

export type AuditorRow = { readonly grant_id: string; readonly name: string; readonly scopes: readonly string[]; readonly created_at: Date }

/** Applications that hold a token of their own with one of these scopes, oldest first. */
export const auditors = (db: Db, scopes: readonly string[]): Promise<AuditorRow[]> =>
  rows<AuditorRow>(
    db,
    sql`select g.id as grant_id, a.name, g.scopes, g.created_at from access.app_grant g join access.app a on a.id = g.app_id
      where g.account_id is null and g.scopes && ${scopes}::text[] order by g.id`,
  )
