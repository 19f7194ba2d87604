/**
 * Old payloads in today's shape. A payload never changes once it is recorded: a new shape gets the next schema number, and here a function that
 * makes one from the shape before it. Whoever reads sees only the newest; the ledger keeps what was signed. Pure.
 *
 * To change a shape: freeze the old one in fixtures/events (it is there already), change the type in catalogue.ts and its check in schema.ts, append
 * the step here, and add the new frozen file. A step must not invent: what the old shape did not say becomes null, or empty.
 */
import type { EventType } from './catalogue.ts'

/** From one schema to the next. The older payload was checked when it was recorded, so a step may rely on its shape. */
export type Step = (older: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>

/** By type, the steps from schema 1 to 2, from 2 to 3, and so on. A type without any is still at schema 1. */
export type Steps = { readonly [T in EventType]?: readonly Step[] }

/** What happened so far: nothing had to change. */
const STEPS: Steps = {}

/** A payload from the future: written by a newer VIVIM than this one. Nothing may be folded from it. */
export class UnknownSchema extends Error {
  constructor(type: string, schema: number, newest: number) {
    super(`${type} is recorded in schema ${schema}, and this version knows it up to ${newest}: a newer VIVIM has written to this ledger`)
    this.name = 'UnknownSchema'
  }
}

/** The schema in which events of this type are recorded today. */
export function schemaOf(type: EventType, steps: Steps = STEPS): number {
  return 1 + (steps[type]?.length ?? 0)
}

/** @param data  a payload as recorded in `schema`. @returns it in today's shape. @throws {UnknownSchema} */
export function upcast(type: EventType, schema: number, data: unknown, steps: Steps = STEPS): unknown {
  const newest = schemaOf(type, steps)
  if (schema === newest) return data
  if (schema < 1 || schema > newest) throw new UnknownSchema(type, schema, newest)
  return (steps[type] ?? []).slice(schema - 1).reduce((older, step) => step(older), data as Readonly<Record<string, unknown>>)
}
