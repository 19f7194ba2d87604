/** Changing one's own profile and posting defaults: PATCH update_credentials. */
import type { FastifyInstance } from 'fastify'
import type { Profile } from '../../events/catalogue.ts'
import { accountById, counts } from '../../projections/read/accounts.ts'
import type { AccountRow } from '../../projections/rows.ts'
import { requireScope, signedIn } from '../auth.ts'
import { type ApiDeps, perform } from '../deps.ts'
import { unavailable } from '../errors.ts'
import { invalid, type Params, paramsOf, text } from '../forms.ts'
import type { MediaFiles } from '../media/files.ts'
import { AVATAR, HEADER, renderPicture } from '../media/images.ts'
import { credentialAccountEntity } from './entities/account.ts'
import { findAccount } from './facts.ts'
import { flag, language, record, records, upload, visibility } from './input.ts'
import { LONGEST_BIOGRAPHY, LONGEST_DISPLAY_NAME, LONGEST_FIELD, MOST_FIELDS } from './limits.ts'
import { cleanText, compose, composeLine, textLength } from './text/compose.ts'
import { characters } from './text/length.ts'

export function registerProfile(app: FastifyInstance, deps: ApiDeps, files: MediaFiles): void {
  const { pool, config } = deps

  app.patch('/api/v1/accounts/update_credentials', { preHandler: requireScope('write:accounts') }, async (request) => {
    const { account } = signedIn(request)
    const params = paramsOf(request)
    const words = { ...(await wordsOf(params, account)), ...choicesOf(params, account) }
    const profile = { ...words, avatar: await picture(params, 'avatar', account.avatar), header: await picture(params, 'header', account.header) }
    await perform(deps, { by: { account: account.id }, commands: [{ do: 'UpdateProfile', id: account.id, profile }], lane: 'public' })
    const updated = await accountById(pool, account.id)
    if (updated === null) throw unavailable('Saved, but not readable yet: this instance is busy')
    return credentialAccountEntity(updated, config.origin, (await counts(pool, account.id)).followRequests)
  })

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

  /** The path of the new picture; the old one when none was sent, and its file stays: other servers still show it. */
  async function picture(params: Params, name: 'avatar' | 'header', before: string | null): Promise<string | null> {
    const file = upload(params, name)
    return file === undefined ? before : files.write(await renderPicture(file.bytes, name === 'avatar' ? AVATAR : HEADER))
  }
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
