/** The words of a profile that a device signed, rendered again from what was typed. */
import type { Profile } from '../../events/catalogue.ts'
import type { AccountRow } from '../../projections/rows.ts'
import { refused } from '../errors.ts'
import { findAccount } from '../mastodon/facts.ts'
import { LONGEST_BIOGRAPHY, LONGEST_DISPLAY_NAME, LONGEST_FIELD, MOST_FIELDS } from '../mastodon/limits.ts'
import { cleanText, compose, composeLine, LONGEST_TEXT, textLength } from '../mastodon/text/compose.ts'
import { characters } from '../mastodon/text/length.ts'
import type { FactDeps } from './signed-status.ts'

type Words = Pick<Profile, 'displayName' | 'noteSource' | 'fieldsSource' | 'note' | 'fields'>

/** What the words of `profile` are shown as. @throws {ApiError} 422 when they are not clean or too long */
export async function wordsOfProfile(deps: FactDeps, account: AccountRow, profile: Profile): Promise<Words> {
  const { displayName, noteSource, fieldsSource } = profile
  const typed = [displayName, noteSource, ...fieldsSource.flatMap(({ name, value }) => [name, value])]
  if (typed.some((text) => text.length > LONGEST_TEXT)) throw invalid('The profile is too long')
  if (!typed.every((text) => text === cleanText(text))) throw invalid('The words of the profile are not clean text')
  if (characters(displayName) > LONGEST_DISPLAY_NAME || textLength(noteSource) > LONGEST_BIOGRAPHY) throw invalid('The profile is too long')
  if (fieldsSource.length > MOST_FIELDS) throw invalid(`A profile has at most ${MOST_FIELDS} fields`)
  if (fieldsSource.some(({ name, value }) => name === '' || name.length > LONGEST_FIELD || value.length > LONGEST_FIELD))
    throw invalid('A field of the profile has no name, or is too long')
  const { origin } = deps.config
  const find = (acct: string) => findAccount(deps, acct)
  const fields = fieldsSource.map(async ({ name, value }) => ({
    name,
    value: await composeLine(value, origin, find),
    verifiedAt: account.fields[account.fields_source.findIndex((field) => field.value === value)]?.verifiedAt ?? null,
  }))
  return { displayName, noteSource, fieldsSource, note: (await compose(noteSource, origin, find)).content, fields: await Promise.all(fields) }
}

const invalid = (message: string): Error => refused({ code: 'INVALID', message })
