/** Between the catalogue and the ledger: payloads as JSON parts, back again when read, in today's shape. Pure. */
import type { EventDraft, LedgerCommit, LedgerEvent } from '../ledger/types.ts'
import type { AddressedEvent, EventData, EventType, RecordedEvent } from './catalogue.ts'
import { eventTypes } from './schema.ts'
import { schemaOf, upcast } from './upcast.ts'

const utf8 = new TextEncoder()
const text = new TextDecoder('utf-8', { fatal: true })
const catalogued: ReadonlySet<string> = new Set(eventTypes)

/** A draft whose part 0 is the payload and part 1, when there is one, the evidence. */
export function toDraft({ stream, event }: AddressedEvent): EventDraft {
  const payload = { codec: 'json', bytes: utf8.encode(JSON.stringify(event.data)) } as const
  const parts = event.evidence === undefined ? [payload] : [payload, { codec: 'raw', bytes: event.evidence } as const]
  return { type: event.type, schema: schemaOf(event.type), stream, parts }
}

/** Catalogued events of a commit in their order; events of other vocabularies (key operations, erasure warrants) are left out. */
export function recordedEvents(commit: LedgerCommit): RecordedEvent[] {
  return commit.events.filter(({ type }) => catalogued.has(type)).map((event) => recorded(event, commit.time))
}

/** One event as recorded. `data` is null when its payload was erased. @throws {UnknownSchema} when a newer version recorded it */
export function recorded(event: LedgerEvent, time: number): RecordedEvent {
  const part = event.parts[0]
  const type = event.type as EventType
  const data = part === undefined || part.erased ? null : upcast(type, event.schema, JSON.parse(text.decode(part.bytes)))
  const { stream, revision, position, index } = event
  return { type, data: data as EventData[EventType], stream, revision, position, index, time } as RecordedEvent
}
