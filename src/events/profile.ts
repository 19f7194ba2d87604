/** The profile of somebody who has said nothing about themselves yet. */
import type { Profile } from './catalogue.ts'

export const EMPTY_PROFILE: Profile = {
  displayName: '',
  note: '',
  noteSource: '',
  fields: [],
  fieldsSource: [],
  avatar: null,
  header: null,
  locked: false,
  bot: false,
  discoverable: false,
  indexable: false,
  emojis: [],
  defaultVisibility: 'public',
  defaultSensitive: false,
  defaultLanguage: null,
}
