/** Published vectors and recorded messages, as tests read them. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { SignedRequest } from '../../../src/federation/signature/claim.ts'
import type { JsonObject } from '../../../src/federation/wire/json.ts'

export const FIXTURES = path.resolve(import.meta.dirname, '../../../fixtures')

export const fixture = (...parts: string[]): string => readFileSync(path.join(FIXTURES, ...parts), 'utf8')
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the shape of a file it knows
export const jsonFixture = <T>(...parts: string[]): T => JSON.parse(fixture(...parts)) as T
export const fixtureNames = (...parts: string[]): string[] =>
  readdirSync(path.join(FIXTURES, ...parts))
    .filter((name) => name.endsWith('.json'))
    .toSorted()

/** A recorded request. `body` is absent for GET. */
export type Recorded = {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly receivedAt: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export const recordedPosts = (): readonly (readonly [name: string, message: Recorded])[] =>
  fixtureNames('wire', 'inbox').map((name) => [name, jsonFixture<Recorded>('wire', 'inbox', name)])
export const recordedGets = (): readonly (readonly [name: string, message: Recorded])[] =>
  fixtureNames('wire', 'get').map((name) => [name, jsonFixture<Recorded>('wire', 'get', name)])

export function signedRequestOf({ method, url, headers }: Recorded): SignedRequest {
  const { origin, pathname, search } = new URL(url)
  return { method, origin, target: `${pathname}${search}`, headers }
}

export const recordedActors = (): JsonObject[] => fixtureNames('wire', 'actors').map((name) => jsonFixture<JsonObject>('wire', 'actors', name))
