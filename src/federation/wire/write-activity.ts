/** Activities of the people here. Ids are made of what the ledger holds, so that sending again after a crash repeats the same id. Pure. */
import type { Uris } from '../uris.ts'
import { ACTIVITY_CONTEXT, ACTOR_CONTEXT, OBJECT_CONTEXT } from './context.ts'
import type { JsonObject } from './json.ts'
import { type Audience, audienceOf, type LocalNote, noteObject } from './write-note.ts'

export type Written = JsonObject & { readonly id: string }

/** The place of an event in the ledger: unique, and the same for ever. */
export type Origin = { readonly position: number; readonly index: number }

const named = (actor: string, what: string, { position, index }: Origin): string => `${actor}#${what}/${position}-${index}`

const addressed = (object: JsonObject): Audience => ({ to: object['to'] as string[], cc: object['cc'] as string[] })

export function createActivity(note: LocalNote, username: string, uris: Uris): Written {
  const object = noteObject(note, username, uris)
  return {
    '@context': OBJECT_CONTEXT,
    id: `${note.uri}/activity`,
    type: 'Create',
    actor: uris.actor(username),
    published: note.createdAt,
    ...addressed(object),
    object,
  }
}

export function updateNoteActivity(note: LocalNote, username: string, uris: Uris, origin: Origin): Written {
  const object = noteObject(note, username, uris)
  const actor = uris.actor(username)
  return {
    '@context': OBJECT_CONTEXT,
    id: named(actor, 'updates', origin),
    type: 'Update',
    actor,
    published: note.editedAt ?? note.createdAt,
    ...addressed(object),
    object,
  }
}

export function deleteNoteActivity(uri: string, audience: Audience, username: string, uris: Uris): Written {
  return {
    '@context': ACTIVITY_CONTEXT,
    id: `${uri}#delete`,
    type: 'Delete',
    actor: uris.actor(username),
    ...audience,
    object: { id: uri, type: 'Tombstone' },
  }
}

/** @param document the actor document, with its own context */
export function updateActorActivity(document: JsonObject, username: string, uris: Uris, origin: Origin): Written {
  const actor = uris.actor(username)
  const { '@context': _context, ...object } = document
  return {
    '@context': ACTOR_CONTEXT,
    id: named(actor, 'updates', origin),
    type: 'Update',
    actor,
    ...audienceOf('public', uris.followers(username), []),
    object,
  }
}

export function deleteActorActivity(username: string, uris: Uris): Written {
  const actor = uris.actor(username)
  return {
    '@context': ACTIVITY_CONTEXT,
    id: `${actor}#delete`,
    type: 'Delete',
    actor,
    ...audienceOf('public', uris.followers(username), []),
    object: actor,
  }
}

export type Announced = {
  readonly uri: string
  readonly createdAt: string
  readonly visibility: 'public' | 'unlisted' | 'private' | 'direct'
  readonly object: string
  readonly author: string
}

export function announceActivity({ uri, createdAt, visibility, object, author }: Announced, username: string, uris: Uris): Written {
  const audience = audienceOf(visibility, uris.followers(username), [author])
  return { '@context': ACTIVITY_CONTEXT, id: uri, type: 'Announce', actor: uris.actor(username), published: createdAt, ...audience, object }
}

export type Simple = 'Like' | 'Follow' | 'Block'

/** An activity from one to another: about `object`, sent to `to`. */
export function simpleActivity(type: Simple, id: string, object: string, to: string, username: string, uris: Uris): Written {
  return { '@context': ACTIVITY_CONTEXT, id, type, actor: uris.actor(username), to: [to], object }
}

/** @param undone the activity to take back; it is embedded without its context */
export function undoActivity(undone: JsonObject, username: string, uris: Uris, origin: Origin): Written {
  const actor = uris.actor(username)
  const { '@context': context, ...object } = undone
  const { to = [], cc } = object
  return {
    '@context': context ?? ACTIVITY_CONTEXT,
    id: named(actor, 'undos', origin),
    type: 'Undo',
    actor,
    to,
    ...(cc === undefined ? {} : { cc }),
    object,
  }
}

/** The answer to a Follow that came from elsewhere. */
export function answerActivity(
  type: 'Accept' | 'Reject',
  follow: { readonly uri: string; readonly actor: string },
  username: string,
  uris: Uris,
  origin: Origin,
): Written {
  const actor = uris.actor(username)
  const object = { id: follow.uri, type: 'Follow', actor: follow.actor, object: actor }
  return {
    '@context': ACTIVITY_CONTEXT,
    id: named(actor, type === 'Accept' ? 'accepts' : 'rejects', origin),
    type,
    actor,
    to: [follow.actor],
    object,
  }
}

/** A report, in the name of the instance: who complained stays here. */
export function flagActivity(
  report: { readonly id: string; readonly comment: string; readonly objects: readonly string[]; readonly to: string },
  uris: Uris,
): Written {
  const { id, comment, objects, to } = report
  return {
    '@context': ACTIVITY_CONTEXT,
    id: `${uris.instanceActor}#flags/${id}`,
    type: 'Flag',
    actor: uris.instanceActor,
    to: [to],
    content: comment,
    object: [...objects],
  }
}

/** A pinned post joins or leaves the featured collection. */
export function featureActivity(type: 'Add' | 'Remove', object: string, username: string, uris: Uris, origin: Origin): Written {
  const actor = uris.actor(username)
  const audience = audienceOf('public', uris.followers(username), [])
  return { '@context': ACTIVITY_CONTEXT, id: named(actor, 'featured', origin), type, actor, ...audience, object, target: uris.featured(username) }
}
