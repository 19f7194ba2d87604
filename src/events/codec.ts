/** Between the catalogue and the ledger: payloads as JSON parts, back again when read. Pure. */
import type { EventDraft, LedgerCommit, LedgerEvent } from '../ledger/types.ts'
import type { AddressedEvent, EventData, EventType, RecordedEvent } from './catalogue.ts'

const utf8 = new TextEncoder()
const text = new TextDecoder('utf-8', { fatal: true })

/** A draft whose part 0 is the payload and part 1, when there is one, the evidence. */
export function toDraft({ stream, event }: AddressedEvent): EventDraft {
  const payload = { codec: 'json', bytes: utf8.encode(JSON.stringify(event.data)) } as const
  const parts = event.evidence === undefined ? [payload] : [payload, { codec: 'raw', bytes: event.evidence } as const]
  return { type: event.type, schema: 1, stream, parts }
}

/** Catalogued events of a commit in their order; events of other vocabularies (key operations) are left out. */
export function recordedEvents(commit: LedgerCommit): RecordedEvent[] {
  return commit.events.filter(isCatalogued).map((event) => recorded(event, commit.time))
}

/** One event as recorded. `data` is null when its payload was erased. */
export function recorded(event: LedgerEvent, time: number): RecordedEvent {
  const part = event.parts[0]
  const data = part === undefined || part.erased ? null : JSON.parse(text.decode(part.bytes))
  const { type, stream, revision, position, index } = event
  return { type: type as EventType, data: data as EventData[EventType], stream, revision, position, index, time } as RecordedEvent
}

/** Key operations carry inline parts and belong to the ledger, not to the catalogue. */
const isCatalogued = (event: LedgerEvent): boolean => !event.type.startsWith('key:')
