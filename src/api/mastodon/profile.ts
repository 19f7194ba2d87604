/** Changing one's own profile and posting defaults: PATCH update_credentials, and taking pictures away. */
import type { FastifyInstance } from 'fastify'
import type { Profile } from '../../events/catalogue.ts'
import { accountById, counts, followRequests } from '../../projections/read/accounts.ts'
import type { AccountRow } from '../../projections/rows.ts'
import { requireScope, signedIn } from '../auth.ts'
import { type ApiDeps, perform } from '../deps.ts'
import { ApiError, unavailable } from '../errors.ts'
import { invalid, type Params, paramsOf, text } from '../forms.ts'
import type { MediaFiles, StoredFile } from '../media/files.ts'
import { AVATAR, HEADER, renderPicture, type Size } from '../media/images.ts'
import { credentialAccountEntity } from './entities/account.ts'
import { findAccount } from './facts.ts'
import { flag, language, record, records, upload, visibility } from './input.ts'
import { LONGEST_BIOGRAPHY, LONGEST_DISPLAY_NAME, LONGEST_FIELD, MOST_FIELDS } from './limits.ts'
import { cleanText, compose, composeLine, textLength } from './text/compose.ts'
import { characters } from './text/length.ts'
import { Turns } from './turns.ts'

/** Follow requests that one commit accepts. */
const MOST_ACCEPTED = 100

export function registerProfile(app: FastifyInstance, deps: ApiDeps, files: MediaFiles): void {
  const { pool, config } = deps
  const turns = new Turns()

  app.patch('/api/v1/accounts/update_credentials', { preHandler: requireScope('write:accounts') }, async (request) => {
    const { id } = signedIn(request).account
    return own(await turns.take(id, () => update(id, paramsOf(request))))
  })

  for (const picture of ['avatar', 'header'] as const) {
    app.delete(`/api/v1/profile/${picture}`, { preHandler: requireScope('write:accounts') }, async (request) => {
      const { id } = signedIn(request).account
      return own(await turns.take(id, () => update(id, {}, { [picture]: null })))
    })
  }

  const own = async (account: AccountRow) => credentialAccountEntity(account, config.origin, (await counts(pool, account.id)).followRequests)

  /**
   * What is not given stays as it is now: nobody else changes this profile meanwhile. Pictures that were replaced go once the change is durable.
   *
   * @param removed  pictures that shall be none
   */
  async function update(id: string, params: Params, removed: Partial<Pick<Profile, 'avatar' | 'header'>> = {}): Promise<AccountRow> {
    const before = await current(id)
    const words = { ...(await wordsOf(params, before)), ...choicesOf(params, before) }
    const pictures = await picturesOf(params)
    const profile = { ...words, avatar: before.avatar, header: before.header, ...pictures, ...removed }
    try {
      await perform(deps, { by: { account: id }, commands: [{ do: 'UpdateProfile', id, profile }], lane: 'public' })
    } catch (error) {
      if (error instanceof ApiError) await files.remove(Object.values(pictures)) // any other error: perhaps it was recorded
      throw error
    }
    if (before.locked && !profile.locked) await acceptRequests(id).catch(onlyRefusals)
    const after = await current(id)
    const shown = new Set([after.avatar, after.header])
    await files.remove([before.avatar, before.header].flatMap((name) => (name === null || shown.has(name) ? [] : [name])))
    return after
  }

  async function current(id: string): Promise<AccountRow> {
    const account = await accountById(pool, id)
    if (account === null) throw unavailable('This instance is busy')
    return account
  }

  /** Whoever no longer approves followers approves those who wait. @throws {ApiError} when one of them has just withdrawn: the rest wait on */
  async function acceptRequests(id: string): Promise<void> {
    const at = new Date(deps.now()).toISOString()
    for (;;) {
      const waiting = await followRequests(pool, id, { limit: MOST_ACCEPTED })
      const commands = waiting.map(({ account_id }) => ({ do: 'AcceptFollow', pair: { accountId: account_id, targetId: id }, at }) as const)
      if (commands.length === 0) return
      const { position } = await perform(deps, { by: { account: id }, commands, lane: 'private' })
      if (position === null || commands.length < MOST_ACCEPTED) return
    }
  }

  const find = (acct: string) => findAccount(deps, acct)

  type Words = Pick<Profile, 'displayName' | 'note' | 'noteSource' | 'fields' | 'fieldsSource' | 'emojis'>

  async function wordsOf(params: Params, account: AccountRow): Promise<Words> {
    const displayName = clean(params, 'display_name')
    if (displayName !== undefined && characters(displayName) > LONGEST_DISPLAY_NAME) throw tooLong('display_name', LONGEST_DISPLAY_NAME)
    const noteSource = clean(params, 'note')
    if (noteSource !== undefined && textLength(noteSource) > LONGEST_BIOGRAPHY) throw tooLong('note', LONGEST_BIOGRAPHY)
    const note = noteSource === undefined ? account.note : (await compose(noteSource, config.origin, find)).content
    return {
      displayName: displayName ?? account.display_name,
      note,
      noteSource: noteSource ?? account.note_source,
      ...(await fieldsOf(params, account)),
      emojis: [],
    }
  }

  /** A field that keeps its value keeps its verification. */
  async function fieldsOf(params: Params, account: AccountRow): Promise<Pick<Profile, 'fields' | 'fieldsSource'>> {
    const given = records(params, 'fields_attributes')
    if (given === undefined) return { fields: account.fields, fieldsSource: account.fields_source }
    const fieldsSource = given
      .map((field) => ({ name: clean(field, 'name') ?? '', value: clean(field, 'value') ?? '' }))
      .filter(({ name, value }) => name !== '' || value !== '')
    if (fieldsSource.length > MOST_FIELDS) throw invalid('fields', `can have at most ${MOST_FIELDS} entries`)
    if (fieldsSource.some(({ name, value }) => name.length > LONGEST_FIELD || value.length > LONGEST_FIELD)) throw tooLong('fields', LONGEST_FIELD)
    if (fieldsSource.some(({ name }) => name === '')) throw invalid('fields', 'must have a name')
    const fields = fieldsSource.map(async ({ name, value }) => {
      const before = account.fields[account.fields_source.findIndex((field) => field.value === value)]
      return { name, value: await composeLine(value, config.origin, find), verifiedAt: before?.verifiedAt ?? null }
    })
    return { fields: await Promise.all(fields), fieldsSource }
  }

  /** Paths of the new pictures; none is stored unless all can be read. */
  async function picturesOf(params: Params): Promise<{ readonly avatar?: string; readonly header?: string }> {
    const [avatar, header] = [await rendered(params, 'avatar', AVATAR), await rendered(params, 'header', HEADER)]
    return { ...(avatar && { avatar: await files.write(avatar) }), ...(header && { header: await files.write(header) }) }
  }

  async function rendered(params: Params, name: 'avatar' | 'header', shape: Size): Promise<StoredFile | null> {
    const file = upload(params, name)
    return file === undefined ? null : renderPicture(file.bytes, shape)
  }
}

/** The profile is changed either way. */
function onlyRefusals(error: unknown): void {
  if (!(error instanceof ApiError)) throw error
}

function choicesOf(params: Params, account: AccountRow) {
  const source = record(params, 'source')
  const spoken = language(source)
  return {
    locked: flag(params, 'locked') ?? account.locked,
    bot: flag(params, 'bot') ?? account.bot,
    discoverable: flag(params, 'discoverable') ?? account.discoverable,
    indexable: flag(params, 'indexable') ?? account.indexable,
    defaultVisibility: visibility(source, 'privacy') ?? account.default_visibility,
    defaultSensitive: flag(source, 'sensitive') ?? account.default_sensitive,
    defaultLanguage: spoken === undefined ? account.default_language : spoken,
  }
}

function clean(params: Params, name: string): string | undefined {
  const value = text(params, name)
  if (value !== undefined && value.length > 10_000) throw tooLong(name, 10_000)
  return value === undefined ? undefined : cleanText(value)
}

const tooLong = (name: string, most: number) => invalid(name, `is too long (maximum is ${most} characters)`)
