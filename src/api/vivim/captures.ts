/** Captures under way that can be followed: each has a ticket, a secret that is good for ten minutes. */
import { LRUCache } from 'lru-cache'
import type { Captured, CaptureProgress, CaptureRequest, OnProgress } from '../../conversations/capture/capture.ts'
import { CaptureFault } from '../../conversations/capture/capture-fault.ts'
import { newSecret } from '../oauth/secrets.ts'

/** What is told of a capture, in order. The last is its result, or why there is none. */
export type Told =
  | { readonly event: 'progress'; readonly data: CaptureProgress }
  | { readonly event: 'result'; readonly data: Captured }
  | { readonly event: 'fault'; readonly data: { readonly code: string; readonly message: string } }

type Listener = (told: Told) => void
type UnderWay = { readonly told: Told[]; readonly listeners: Set<Listener> }

const KEPT_MS = 600_000
const MOST_KEPT = 1_000

export class Captures {
  readonly #begin: (request: CaptureRequest, onProgress: OnProgress) => Promise<Captured>
  readonly #kept = new LRUCache<string, UnderWay>({ max: MOST_KEPT, ttl: KEPT_MS })

  constructor(begin: (request: CaptureRequest, onProgress: OnProgress) => Promise<Captured>) {
    this.#begin = begin
  }

  /** The ticket of a capture that has begun. */
  start(request: CaptureRequest): string {
    const ticket = newSecret()
    const underWay: UnderWay = { told: [], listeners: new Set() }
    const tell = (told: Told): void => {
      underWay.told.push(told)
      for (const listener of underWay.listeners) listener(told)
    }
    this.#kept.set(ticket, underWay)
    this.#begin(request, (data) => tell({ event: 'progress', data })).then(
      (data) => tell({ event: 'result', data }),
      (error: unknown) => tell({ event: 'fault', data: faultOf(error) }),
    )
    return ticket
  }

  /** Tells what was told so far, then what comes. False: no such ticket, or not any more. @returns stop listening */
  follow(ticket: string, listener: Listener): (() => void) | false {
    const underWay = this.#kept.get(ticket)
    if (underWay === undefined) return false
    underWay.listeners.add(listener)
    for (const told of underWay.told) listener(told)
    return () => underWay.listeners.delete(listener)
  }
}

/** In words for whoever asked: what else went wrong is for our log. */
const faultOf = (error: unknown): { readonly code: string; readonly message: string } =>
  error instanceof CaptureFault ? { code: error.code, message: error.message } : { code: 'RETRY_LATER', message: 'It could not be captured' }
