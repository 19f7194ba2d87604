/**
 * What is known of every document besides its words: one number per document and property, side by side in memory. Documents of a conversation are
 * linked in their order, and cut into sessions where it rested for hours. Pure bookkeeping; see text-index.ts.
 */

/** A text to be found. `at`: milliseconds since the epoch, NaN when unknown. `ordinal`: its place in its conversation. */
export type Document = {
  readonly id: string
  /** Null: stands alone. */
  readonly conversationId: string | null
  readonly ordinal: number
  readonly at: number
  readonly speaker: string | null
  readonly role: string
  readonly provider: string
  /** Not shown, put there by a machine, or no longer true: found only when asked for. */
  readonly hidden: boolean
  readonly text: string
  /** Of the conversation. */
  readonly title: string | null
}

export const NOBODY = -1
/** A conversation that rested so long begins anew: what was said before says little of what is said now. */
const REST_MS = 6 * 3_600_000

export const FLAG = { alive: 1, question: 2, hidden: 4, user: 8, assistant: 16 } as const

export class Documents {
  /** Numbers given, those of documents taken out included. */
  size = 0
  alive = 0
  readonly ids: string[] = []
  at = new Float64Array(256)
  ordinal = new Float64Array(256)
  speaker = new Int32Array(256)
  provider = new Int32Array(256)
  session = new Int32Array(256)
  previous = new Int32Array(256)
  next = new Int32Array(256)
  /** Words that count, and different ones among them. */
  words = new Uint16Array(256)
  distinct = new Uint16Array(256)
  flags = new Uint8Array(256)

  readonly sessions: { readonly conversationId: string; head: number; tail: number; words: number; documents: number }[] = []
  readonly #byId = new Map<string, number>()
  readonly #sessionsOf = new Map<string, number[]>()

  numberOf(id: string): number | undefined {
    return this.#byId.get(id)
  }

  sessionsOf(conversationId: string): readonly number[] {
    return this.#sessionsOf.get(conversationId) ?? []
  }

  idOf(document: number): string {
    return this.ids[document] ?? ''
  }

  conversationOf(document: number): string {
    return this.sessions[this.session[document] ?? NOBODY]?.conversationId ?? ''
  }

  is(document: number, flag: number): boolean {
    return ((this.flags[document] ?? 0) & flag) !== 0
  }

  /** @param words  how many that count; `distinct` of them different. @returns its number, and whether it began a session */
  add(document: Document, { words, distinct, speaker, provider, flags }: Measured): { readonly number: number; readonly begins: boolean } {
    const number = this.size++
    this.#hold(number)
    this.ids[number] = document.id
    this.#byId.set(document.id, number)
    this.at[number] = document.at
    this.ordinal[number] = document.ordinal
    this.speaker[number] = speaker
    this.provider[number] = provider
    this.words[number] = Math.min(words, 65_535)
    this.distinct[number] = Math.min(distinct, 65_535)
    this.flags[number] = flags | FLAG.alive
    this.alive++
    const begins = this.#link(number, document.conversationId)
    const session = this.sessions[this.session[number] ?? NOBODY]
    if (session !== undefined) {
      session.words += words
      session.documents += 1
    }
    return { number, begins }
  }

  remove(number: number): void {
    if (!this.is(number, FLAG.alive)) return
    this.flags[number] = 0
    this.alive--
    this.#byId.delete(this.idOf(number))
    this.ids[number] = ''
    this.#unlink(number)
  }

  get bytes(): number {
    return this.at.length * (8 * 2 + 4 * 5 + 2 * 2 + 1) + this.ids.length * 130 + this.sessions.length * 180
  }

  #link(number: number, conversationId: string | null): boolean {
    this.previous[number] = NOBODY
    this.next[number] = NOBODY
    this.session[number] = NOBODY
    if (conversationId === null) return false
    const known = this.#sessionsOf.get(conversationId) ?? []
    const before = this.#before(number, known)
    if (before === NOBODY ? known.length === 0 : this.#rested(before, number)) return this.#begin(number, conversationId, known)
    this.#insert(number, before, this.session[before === NOBODY ? this.#headOf(known) : before] ?? NOBODY)
    return false
  }

  #begin(number: number, conversationId: string, known: number[]): boolean {
    const session = this.sessions.push({ conversationId, head: number, tail: number, words: 0, documents: 0 }) - 1
    this.session[number] = session
    this.#sessionsOf.set(conversationId, [...known, session])
    return true
  }

  /** The document of the conversation that comes just before, in whatever session; mostly the newest. */
  #before(number: number, known: readonly number[]): number {
    const place = this.ordinal[number] ?? 0
    for (const session of known.toReversed()) {
      let at = this.sessions[session]?.tail ?? NOBODY
      while (at !== NOBODY && (this.ordinal[at] ?? 0) > place) at = this.previous[at] ?? NOBODY
      if (at !== NOBODY) return at
    }
    return NOBODY
  }

  #headOf(known: readonly number[]): number {
    return known.map((session) => this.sessions[session]?.head ?? NOBODY).find((head) => head !== NOBODY) ?? NOBODY
  }

  /** Only at the end of what there is: a session is never cut in two. */
  #rested(before: number, number: number): boolean {
    return this.next[before] === NOBODY && Math.abs((this.at[number] ?? Number.NaN) - (this.at[before] ?? Number.NaN)) > REST_MS
  }

  #insert(number: number, before: number, session: number): void {
    const held = this.sessions[session]
    if (held === undefined) return
    const after = before === NOBODY ? held.head : (this.next[before] ?? NOBODY)
    this.session[number] = session
    this.previous[number] = before
    this.next[number] = after
    if (before === NOBODY) held.head = number
    else this.next[before] = number
    if (after === NOBODY) held.tail = number
    else this.previous[after] = number
  }

  #unlink(number: number): void {
    const session = this.sessions[this.session[number] ?? NOBODY]
    if (session === undefined) return
    const before = this.previous[number] ?? NOBODY
    const after = this.next[number] ?? NOBODY
    if (before === NOBODY) session.head = after
    else this.next[before] = after
    if (after === NOBODY) session.tail = before
    else this.previous[after] = before
    session.words -= this.words[number] ?? 0
    session.documents -= 1
    if (session.documents === 0) this.#forget(session.conversationId, this.session[number] ?? NOBODY)
  }

  #forget(conversationId: string, session: number): void {
    const left = (this.#sessionsOf.get(conversationId) ?? []).filter((one) => one !== session)
    if (left.length === 0) this.#sessionsOf.delete(conversationId)
    else this.#sessionsOf.set(conversationId, left)
  }

  #hold(number: number): void {
    if (number < this.at.length) return
    const length = this.at.length * 2
    this.at = moved(this.at, new Float64Array(length))
    this.ordinal = moved(this.ordinal, new Float64Array(length))
    this.speaker = moved(this.speaker, new Int32Array(length))
    this.provider = moved(this.provider, new Int32Array(length))
    this.session = moved(this.session, new Int32Array(length))
    this.previous = moved(this.previous, new Int32Array(length))
    this.next = moved(this.next, new Int32Array(length))
    this.words = moved(this.words, new Uint16Array(length))
    this.distinct = moved(this.distinct, new Uint16Array(length))
    this.flags = moved(this.flags, new Uint8Array(length))
  }
}

export type Measured = {
  readonly words: number
  readonly distinct: number
  readonly speaker: number
  readonly provider: number
  readonly flags: number
}

function moved<A extends Float64Array | Int32Array | Uint16Array | Uint8Array>(from: A, to: A): A {
  to.set(from)
  return to
}
