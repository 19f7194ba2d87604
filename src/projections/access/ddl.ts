/** Tables of the access projection: the instance, who may sign in, which applications exist and what people allowed them. See social/ddl.ts. */
import { unsampled } from '../unsampled.ts'

export const accessTables = ['instance', 'credential', 'app', 'app_grant', 'session'] as const

export const accessDdl = `
create table instance (
  -- At most one row.
  single bool primary key default true check (single),
  title text not null,
  description text not null,
  contact_account_id int8,
  registrations text not null,
  origin text not null
);

create table credential (
  account_id int8 primary key,
  -- Null until the identity itself is recorded: nobody can sign in before.
  username text,
  email text,
  password_hash text
);
create index credential_username on credential (lower(username));
create index credential_email on credential (lower(email));

create table app (
  id int8 primary key,
  client_id text not null unique,
  secret_hash text not null,
  name text not null,
  website text,
  redirect_uris text[] not null,
  scopes text[] not null,
  created_at timestamptz not null
);

create table app_grant (
  id int8 primary key,
  token_hash text not null unique,
  app_id int8,
  account_id int8,
  scopes text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz
);
create index app_grant_account on app_grant (account_id);

create table session (
  id int8 primary key,
  token_hash text not null unique,
  account_id int8 not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index session_account on session (account_id);
${unsampled}`
