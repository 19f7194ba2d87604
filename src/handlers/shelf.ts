/** Collections and notebooks: made, renamed and filled by their owner, deleted for good. What lies on a shelf stays what it is. */
import type { Shelf, ShelfItem } from '../events/conversations.ts'
import { LIMITS } from '../events/limits.ts'
import { sameJson } from '../events/same.ts'
import { accept, actsFor, type CommandOf, type Decider, notYours, type Routes, refuse, route, type StreamKey } from './decider.ts'
import { type Growing, valueOf, withEntry } from './growing.ts'

/** How a thing lies on the shelf; null: no more. */
type Place = { readonly note: string; readonly place: number } | null
type There = { readonly is: 'there'; readonly shelf: Shelf; readonly items: Growing<Place>; readonly size: number }
/** `accountId` is null when the record was erased. */
export type ShelfState = { readonly is: 'absent' } | There | { readonly is: 'deleted'; readonly accountId: string | null }

type ShelfCommand = CommandOf<'CreateShelf' | 'UpdateShelf' | 'DeleteShelf' | 'PutOnShelf' | 'TakeFromShelf'>
type ShelfEvent = 'shelf:create' | 'shelf:update' | 'shelf:delete' | 'shelf:put' | 'shelf:take'

export const shelf: Decider<ShelfState, ShelfCommand, ShelfEvent> = {
  initial: { is: 'absent' },

  evolve(state, fact) {
    if (fact.type === 'shelf:delete') return { is: 'deleted', accountId: fact.data?.accountId ?? ownerOf(state) }
    if (fact.type === 'shelf:create') {
      return fact.data === null ? { is: 'deleted', accountId: null } : { is: 'there', shelf: shelfOf(fact.data), items: [], size: 0 }
    }
    if (state.is !== 'there' || fact.data === null) return state
    if (fact.type === 'shelf:update') return { ...state, shelf: shelfOf(fact.data) }
    return placed(state, fact.data.item, fact.type === 'shelf:put' ? { note: fact.data.note, place: fact.data.place } : null)
  },

  decide(state, command) {
    if (!actsFor(command.by, command.data.accountId)) return notYours()
    if (state.is === 'absent') {
      if (command.do !== 'CreateShelf') return refuse('NOT_FOUND', 'No such shelf')
      return misplaced(command.data) ?? accept({ type: 'shelf:create', data: command.data })
    }
    const owner = ownerOf(state)
    if (owner !== null && owner !== command.data.accountId) return notYours()
    if (state.is === 'deleted') return command.do === 'DeleteShelf' ? accept() : refuse('GONE', 'This shelf was deleted')
    switch (command.do) {
      case 'CreateShelf':
        return sameJson(state.shelf, shelfOf(command.data)) ? accept() : refuse('ALREADY_EXISTS', 'This id is taken')
      case 'UpdateShelf':
        return update(state, command)
      case 'DeleteShelf':
        return accept({ type: 'shelf:delete', data: command.data })
      case 'PutOnShelf':
        return put(state, command)
      default:
        return lying(state, command.data.item) === null ? accept() : accept({ type: 'shelf:take', data: command.data })
    }
  },
}

type ShelfDecision = ReturnType<typeof shelf.decide>

function update(state: There, { data }: CommandOf<'UpdateShelf'>): ShelfDecision {
  if (data.kind !== state.shelf.kind) return refuse('INVALID', 'A collection stays a collection, a notebook a notebook')
  if (sameJson(state.shelf, shelfOf(data))) return accept()
  return misplaced(data) ?? accept({ type: 'shelf:update', data })
}

function put(state: There, { data }: CommandOf<'PutOnShelf'>): ShelfDecision {
  const { item, note, place } = data
  const lies = lying(state, item)
  if (lies !== null && lies.note === note && lies.place === place) return accept()
  if (lies === null && state.size >= LIMITS.shelf) return refuse('INVALID', `A shelf holds ${LIMITS.shelf} things`)
  return accept({ type: 'shelf:put', data })
}

/** That it lies in no circle of others is for the asker to see: each shelf knows itself alone. */
function misplaced({ id, kind, parentId }: Shelf): ReturnType<typeof refuse> | null {
  if (parentId === null) return null
  if (kind === 'notebook') return refuse('INVALID', 'Only collections lie in one another')
  return parentId === id ? refuse('INVALID', 'A collection cannot lie in itself') : null
}

const keyOf = ({ kind, id }: ShelfItem): string => `${kind} ${id}`
const lying = ({ items }: There, item: ShelfItem): Place => valueOf(items, keyOf(item)) ?? null
const ownerOf = (state: ShelfState): string | null => (state.is === 'there' ? state.shelf.accountId : state.is === 'deleted' ? state.accountId : null)

function placed(state: There, item: ShelfItem, place: Place): There {
  const more = Number(place !== null) - Number(lying(state, item) !== null)
  return { ...state, items: withEntry(state.items, keyOf(item), place), size: state.size + more }
}

const shelfOf = ({ id, accountId, kind, name, description, icon, color, parentId }: Shelf): Shelf => ({
  id,
  accountId,
  kind,
  name,
  description,
  icon,
  color,
  parentId,
})

const shelfStream = (id: string): StreamKey => ['shelf', id]
const reads = ({ data }: { readonly data: { readonly id: string } }): [StreamKey] => [shelfStream(data.id)]

export const shelfRoutes: Routes<ShelfCommand['do']> = {
  CreateShelf: route(shelf, { reads, expectNew: true }),
  UpdateShelf: route(shelf, { reads }),
  DeleteShelf: route(shelf, { reads }),
  PutOnShelf: route(shelf, { reads }),
  TakeFromShelf: route(shelf, { reads }),
}
