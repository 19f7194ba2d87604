/** The part of Structured Fields that message signatures and digests need: dictionaries of inner lists and byte sequences. Pure. @see RFC 8941 section 4.2 */

export type Bare = string | number | boolean | Uint8Array
export type Parameters = ReadonlyMap<string, Bare>
export type Item = { readonly name: string; readonly parameters: Parameters /** Exactly as received. */; readonly source: string }
export type InnerList = {
  readonly kind: 'list'
  readonly items: readonly Item[]
  readonly parameters: Parameters /** Exactly as received. */
  readonly source: string
}
export type Member = InnerList | { readonly kind: 'bytes'; readonly value: Uint8Array } | { readonly kind: 'other' }

const MAX_LENGTH = 16_384
const MAX_MEMBERS = 8
const MAX_LIST = 64

class Malformed extends Error {}

/** Members by key, or null when the field is malformed, longer than 16 KiB or of more than 8 members. */
export function parseDictionary(field: string): Map<string, Member> | null {
  if (field.length > MAX_LENGTH) return null
  try {
    return new Reader(field.trim()).dictionary()
  } catch (error) {
    if (error instanceof Malformed) return null
    throw error
  }
}

/** One pass over one field; every method starts at `at` and leaves it behind what it read. */
class Reader {
  readonly #field: string
  #at = 0
  constructor(field: string) {
    this.#field = field
  }

  dictionary(): Map<string, Member> {
    const members = new Map<string, Member>()
    while (this.#at < this.#field.length) {
      const key = this.#match(/[a-z*][a-z0-9_.*-]*/y)
      members.set(key, this.#skip('=') ? this.#member() : (this.#parameters(), { kind: 'other' }))
      if (members.size > MAX_MEMBERS) throw new Malformed()
      this.#match(/[ \t]*/y)
      if (this.#at === this.#field.length) break
      if (!this.#skip(',')) throw new Malformed()
      this.#match(/[ \t]*/y)
      if (this.#at === this.#field.length) throw new Malformed()
    }
    return members
  }

  #member(): Member {
    if (this.#field[this.#at] === '(') return this.#innerList()
    const value = this.#bare()
    this.#parameters()
    return value instanceof Uint8Array ? { kind: 'bytes', value } : { kind: 'other' }
  }

  #innerList(): InnerList {
    const start = this.#at
    const items: Item[] = []
    this.#at++
    for (;;) {
      this.#match(/ */y)
      if (this.#skip(')')) break
      const from = this.#at
      const name = this.#bare()
      if (typeof name !== 'string' || items.length === MAX_LIST) throw new Malformed()
      const parameters = this.#parameters()
      items.push({ name, parameters, source: this.#field.slice(from, this.#at) })
      if (this.#field[this.#at] !== ' ' && this.#field[this.#at] !== ')') throw new Malformed()
    }
    const parameters = this.#parameters()
    return { kind: 'list', items, parameters, source: this.#field.slice(start, this.#at) }
  }

  #parameters(): Parameters {
    const parameters = new Map<string, Bare>()
    while (this.#skip(';')) {
      this.#match(/ */y)
      const key = this.#match(/[a-z*][a-z0-9_.*-]*/y)
      parameters.set(key, this.#skip('=') ? this.#bare() : true)
    }
    return parameters
  }

  #bare(): Bare {
    const start = this.#field[this.#at]
    if (start === '"')
      return this.#match(/"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/y)
        .slice(1, -1)
        .replaceAll(/\\(.)/g, '$1')
    if (start === ':') return this.#bytes()
    if (start === '?') return this.#match(/\?[01]/y) === '?1'
    if (start !== undefined && /[-0-9]/.test(start)) return Number(this.#match(/-?\d{1,15}(?:\.\d{1,3})?/y))
    return this.#match(/[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*/y)
  }

  #bytes(): Uint8Array {
    const text = this.#match(/:[A-Za-z0-9+/]*={0,2}:/y).slice(1, -1)
    if (text.length % 4 !== 0) throw new Malformed()
    return Buffer.from(text, 'base64')
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#field)
    if (found === null) throw new Malformed()
    this.#at += found[0].length
    return found[0]
  }

  #skip(character: string): boolean {
    if (this.#field[this.#at] !== character) return false
    this.#at++
    return true
  }
}
