/** What an inbox POST says, in one closed union. Pure; the document is attacker-controlled, in its usual spelling. */
import { first, idOf, idsOf, iri, isObject, type Json, type JsonObject, text, time, typesOf } from './json.ts'
import { MAX_DESCRIPTION, MAX_FLAGGED } from './limits.ts'

/** Something named by its id, embedded or not. */
export type Ref = { readonly id: string; readonly object: JsonObject | null }

type Common = {
  readonly id: string
  readonly actor: string
  readonly publishedAt: number | null
  readonly to: readonly string[]
  readonly cc: readonly string[]
}

/** What another activity names when it answers it or takes it back. `type` is null when only the id is given. */
export type ActivityRef = { readonly id: string | null; readonly type: string | null; readonly actor: string | null; readonly object: string | null }

type AboutObject = { [T in (typeof ABOUT_OBJECT)[number]]: { readonly type: T; readonly object: Ref } }[(typeof ABOUT_OBJECT)[number]]
type AboutActivity = { [T in (typeof ABOUT_ACTIVITY)[number]]: { readonly type: T; readonly object: ActivityRef } }[(typeof ABOUT_ACTIVITY)[number]]

export type Activity = Common &
  (
    | AboutObject
    | AboutActivity
    | { readonly type: 'Flag'; readonly objects: readonly string[]; readonly comment: string }
    /** Well-formed, of a type that changes nothing here. */
    | { readonly type: 'Other'; readonly name: string }
  )

export type ActivityReading = { readonly ok: true; readonly activity: Activity } | { readonly ok: false; readonly reason: string }

const ABOUT_OBJECT = ['Create', 'Update', 'Delete', 'Announce', 'Like', 'Follow', 'Block'] as const
const ABOUT_ACTIVITY = ['Accept', 'Reject', 'Undo'] as const

export function readActivity(document: JsonObject): ActivityReading {
  const id = iri(document['id'])
  const actor = idOf(document['actor'])
  const types = typesOf(document)
  if (id === null) return { ok: false, reason: 'the activity has no id' }
  if (actor === null) return { ok: false, reason: 'the activity has no actor' }
  if (types.length === 0) return { ok: false, reason: 'the activity has no type' }
  const common: Common = { id, actor, publishedAt: time(document['published']), to: idsOf(document['to']), cc: idsOf(document['cc']) }
  const about = ABOUT_OBJECT.find((type) => types.includes(type))
  if (about !== undefined) {
    const object = ref(document['object'])
    return object === null ? { ok: false, reason: `the ${about} has no object` } : { ok: true, activity: { ...common, type: about, object } }
  }
  const answers = ABOUT_ACTIVITY.find((type) => types.includes(type))
  if (answers !== undefined) {
    const object = activityRef(document['object'])
    return object === null ? { ok: false, reason: `the ${answers} has no object` } : { ok: true, activity: { ...common, type: answers, object } }
  }
  if (types.includes('Flag')) {
    const comment = text(document['content'], MAX_DESCRIPTION) ?? ''
    return { ok: true, activity: { ...common, type: 'Flag', objects: idsOf(document['object']).slice(0, MAX_FLAGGED), comment } }
  }
  return { ok: true, activity: { ...common, type: 'Other', name: types.join(', ').slice(0, 100) } }
}

function ref(value: Json | undefined): Ref | null {
  const one = first(value)
  const id = idOf(one)
  return id === null ? null : { id, object: isObject(one) && one['type'] !== undefined ? one : null }
}

function activityRef(value: Json | undefined): ActivityRef | null {
  const one = first(value)
  if (!isObject(one)) return iri(one) === null ? null : { id: iri(one), type: null, actor: null, object: null }
  const [type = null] = typesOf(one)
  return { id: iri(one['id']), type, actor: idOf(one['actor']), object: idOf(one['object']) }
}
