/** Frozen history: an event of every type and version that was ever stored still loads, and means what it meant. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { DomainEvent, EventType } from '../../../src/events/catalogue.ts'
import { recorded } from '../../../src/events/codec.ts'
import { eventTypes, problemWith } from '../../../src/events/schema.ts'
import { schemaOf } from '../../../src/events/upcast.ts'
import { parseEvidence } from '../../../src/ledger/evidence.ts'
import { decodeKeyOperation, encodeKeyOperation, type KeyOperation } from '../../../src/ledger/key-operation.ts'
import { parseLogBreak } from '../../../src/ledger/log-break.ts'
import type { LedgerEvent, PartCodec } from '../../../src/ledger/types.ts'
import { parseWarrant } from '../../../src/ledger/warrant.ts'

type Frozen = { readonly type: string; readonly schema: number; readonly data?: unknown; readonly inline?: string }

const folder = new URL('../../../fixtures/events/', import.meta.url)
const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
const frozen = files.map((file): readonly [string, Frozen] => [file, JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Frozen])
const nameOf = (type: string, schema: number) => `${type.replace(':', '.')}.${schema}.json`
const catalogued = (type: string): type is EventType => (eventTypes as readonly string[]).includes(type)

/** A kind that is missing here does not compile. */
const KEY_OPERATIONS: { readonly [K in KeyOperation['kind']]: true } = {
  genesis: true,
  add: true,
  revoke: true,
  rotate: true,
  recover: true,
  require: true,
  freeze: true,
}

function keyOperation(kind: string): (bytes: Uint8Array) => KeyOperation {
  return (bytes) => {
    const operation = decodeKeyOperation(bytes)
    expect(operation.kind).toBe(kind)
    expect(Buffer.from(encodeKeyOperation(operation))).toEqual(Buffer.from(bytes))
    return operation
  }
}

/** Events of the ledger itself carry their payload inline, in a form of their own. */
const LEDGER_EVENTS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  ...Object.fromEntries(Object.keys(KEY_OPERATIONS).map((kind) => [`key:${kind}`, keyOperation(kind)])),
  'ledger:erase': parseWarrant,
  'log:break': parseLogBreak,
  'log:evidence': parseEvidence,
}

const stored = (type: string, schema: number, codec: PartCodec, bytes: Uint8Array): LedgerEvent => {
  return { position: 7, index: 0, type, schema, stream: 's', revision: 0, parts: [{ codec, bytes, erased: false }] }
}

describe('every file loads', () => {
  test.each(frozen)('%s', (file, { type, schema, data, inline }) => {
    expect(file).toBe(nameOf(type, schema))
    if (catalogued(type)) {
      const event = recorded(stored(type, schema, 'json', Buffer.from(JSON.stringify(data))), 0)
      expect(event.data).not.toBeNull()
      expect(problemWith({ type, data: event.data } as DomainEvent)).toBeNull()
      if (schema === schemaOf(type)) expect(event.data).toEqual(data)
    } else {
      const load = LEDGER_EVENTS[type]
      expect(load, `who reads ${type}?`).toBeDefined()
      expect(load?.(Buffer.from(inline ?? '', 'hex'))).toBeDefined()
    }
  })
})

test('no type and no version is missing', () => {
  const wanted = eventTypes.flatMap((type) => Array.from({ length: schemaOf(type) }, (_, n) => nameOf(type, n + 1)))
  const ledgers = Object.keys(LEDGER_EVENTS).map((type) => nameOf(type, 1))
  expect(new Set(files)).toEqual(new Set([...wanted, ...ledgers]))
})
