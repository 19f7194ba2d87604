import { describe, expect, test } from 'vitest'
import type { AddressedEvent, DomainEvent } from '../../../src/events/catalogue.ts'
import { recorded, recordedEvents, toDraft } from '../../../src/events/codec.ts'
import { eventTypes } from '../../../src/events/schema.ts'
import type { EventDraft, LedgerCommit, LedgerEvent } from '../../../src/ledger/types.ts'
import { samples } from './samples.ts'

const stored = (draft: EventDraft, revision = 0): LedgerEvent => ({
  ...draft,
  position: 7,
  index: 0,
  revision,
  parts: draft.parts.map(({ codec, bytes }) => ({ codec, bytes, erased: false })),
})

describe('what is written is what is read', () => {
  test.each(eventTypes)('%s', (type) => {
    const addressed = { stream: 'some/stream', event: { type, data: samples[type] } as DomainEvent } satisfies AddressedEvent
    const event = recorded(stored(toDraft(addressed), 3), 1_700_000_000_000)
    expect(event).toEqual({ type, data: samples[type], stream: 'some/stream', revision: 3, position: 7, index: 0, time: 1_700_000_000_000 })
  })
})

test('evidence is a second part, byte for byte', () => {
  const bytes = Uint8Array.of(0, 255, 10, 13)
  const draft = toDraft({ stream: 's', event: { type: 'activity:receive', data: samples['activity:receive'], evidence: bytes } })
  expect(draft.parts.map(({ codec }) => codec)).toEqual(['json', 'raw'])
  expect(draft.parts[1]?.bytes).toEqual(bytes)
})

test('an erased payload reads as null, and the fact stays', () => {
  const event = {
    ...stored(toDraft({ stream: 's', event: { type: 'social:unmute', data: samples['social:unmute'] } })),
    parts: [{ codec: 'json', erased: true } as const],
  }
  expect(recorded(event, 0)).toMatchObject({ type: 'social:unmute', data: null })
})

test('key operations are not the catalogue’s', () => {
  const like = stored(toDraft({ stream: 's', event: { type: 'status:like', data: samples['status:like'] } }))
  const genesis: LedgerEvent = { ...like, type: 'key:genesis', parts: [{ codec: 'cbor', bytes: Uint8Array.of(1), erased: false }] }
  expect(recordedEvents({ time: 5, events: [genesis, like] } as unknown as LedgerCommit).map(({ type }) => type)).toEqual(['status:like'])
})
