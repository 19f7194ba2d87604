/**
 * What goes on at an instance that people live with, as domain events: one list, the same at every run. A few people here follow some
 * hundreds elsewhere, are followed by them, and all post, answer, boost, like, edit and delete.
 */
import type { DomainEvent, EventData, Mention, Profile, StatusBody } from '../src/events/catalogue.ts'
import { EMPTY_PROFILE } from '../src/events/profile.ts'
import { snowflake } from '../src/events/snowflake.ts'

const ORIGIN = 'http://127.0.0.1:3000'
const START = Date.UTC(2026, 0, 1)
const HERE = 5
const ELSEWHERE = 800
/** Followed at once by everybody here. */
const FIRST_FOLLOWS = 100
/** Events look back at so many of the newest posts. */
const RECENT = 400
const WORDS = 'the tide comes in goes out and somebody writes it down for people ashore who read of weather boats lamps bread letters songs'.split(
  ' ',
)
const TAGS = ['tide', 'weather', 'boats', 'bread', 'letters', 'lamps', 'songs', 'fediverse']

type Person = { readonly id: string; readonly uri: string; readonly username: string; readonly local: boolean }
type Post = { readonly id: string; readonly uri: string; readonly author: Person }

/** How often what happens, in hundredths. */
const MIX = {
  post: 45,
  reply: 10,
  like: 22,
  boost: 5,
  follow: 6,
  unfollow: 1,
  edit: 3,
  delete: 4,
  unlike: 2,
  profile: 2,
} as const

/** `count` events, the people's beginnings included: about 55 % posts, 24 % likes, 8 % follows, 5 % boosts, 3 % edits, 4 % deletions. */
export function history(count: number): DomainEvent[] {
  const teller = new Teller()
  return Array.from({ length: count }, () => teller.next())
}

class Teller {
  readonly #people: Person[] = []
  readonly #posts: Post[] = []
  readonly #likes: { readonly by: Person; readonly post: Post }[] = []
  readonly #follows = new Set<string>()
  readonly #due: DomainEvent[] = []
  #seed = 1
  #ms = START

  constructor() {
    for (let n = 0; n < HERE + ELSEWHERE; n++) this.#due.push(this.#appear(n))
    for (const person of this.#people.slice(0, HERE)) {
      for (let n = 0; n < FIRST_FOLLOWS; n++) this.#due.push(this.#follow(person, this.#elsewhere()))
    }
    this.#due.reverse()
  }

  next(): DomainEvent {
    this.#ms += 1 + this.#below(400)
    return this.#due.pop() ?? this.#happen(this.#draw())
  }

  #draw(): keyof typeof MIX {
    let rest = this.#below(100)
    for (const [kind, share] of Object.entries(MIX)) if ((rest -= share) < 0) return kind as keyof typeof MIX
    return 'post'
  }

  #happen(kind: keyof typeof MIX): DomainEvent {
    const post = this.#posts[this.#posts.length - 1 - this.#below(Math.min(RECENT, this.#posts.length))]
    if (post === undefined) return this.#post(null)
    const events: Record<keyof typeof MIX, () => DomainEvent> = {
      post: () => this.#post(null),
      reply: () => this.#post(post),
      like: () => this.#like(post),
      unlike: () => this.#unlike(),
      boost: () => this.#boost(post),
      edit: () => this.#edit(post),
      delete: () => this.#delete(post),
      follow: () => (this.#below(2) === 0 ? this.#follow(this.#here(), this.#elsewhere()) : this.#follow(this.#elsewhere(), this.#here())),
      unfollow: () => this.#unfollow(),
      profile: () => this.#refresh(this.#elsewhere()),
    }
    return events[kind]()
  }

  #edit({ id, author }: Post): DomainEvent {
    return { type: 'status:update', data: { id, accountId: author.id, editedAt: this.#now(), ...this.#body(null) } }
  }

  #delete(post: Post): DomainEvent {
    this.#posts.splice(this.#posts.indexOf(post), 1)
    return { type: 'status:delete', data: { id: post.id, accountId: post.author.id, at: this.#now() } }
  }

  #here(): Person {
    return this.#any(this.#people.slice(0, HERE))
  }

  #elsewhere(): Person {
    return this.#often(this.#people.slice(HERE))
  }

  #appear(n: number): DomainEvent {
    const local = n < HERE
    const username = `${local ? 'person' : 'author'}${n}`
    const uri = local ? `${ORIGIN}/users/${username}` : `https://server${n % 50}.example/users/${username}`
    const person = { id: this.#id(), uri, username, local }
    this.#people.push(person)
    const known = { id: person.id, username, createdAt: this.#now(), profile: this.#profile(username), keys: [], links: linksOf(uri) }
    if (local) return { type: 'identity:create', data: { ...known, role: n === 0 ? 'owner' : 'user' } }
    return { type: 'identity:discover', data: { ...known, domain: new URL(uri).host, type: 'Person' } }
  }

  #refresh({ id, uri, username }: Person): DomainEvent {
    return { type: 'identity:refresh', data: { id, profile: this.#profile(username), links: linksOf(uri), keys: [] } }
  }

  #post(parent: Post | null): DomainEvent {
    const author = this.#often(this.#people)
    const id = this.#id()
    const uri = author.local ? `${ORIGIN}/statuses/${id}` : `${author.uri}/statuses/${id}`
    this.#posts.push({ id, uri, author })
    const data: EventData['status:create'] = {
      id,
      accountId: author.id,
      uri,
      url: uri.replace('/users/', '/@'),
      createdAt: this.#now(),
      visibility: (['public', 'public', 'public', 'unlisted', 'private'] as const)[this.#below(5)] ?? 'public',
      inReplyToId: parent?.id ?? null,
      inReplyToAccountId: parent?.author.id ?? null,
      inReplyToUri: parent?.uri ?? null,
      local: author.local,
      application: null,
      ...this.#body(parent),
    }
    return { type: 'status:create', data }
  }

  #body(parent: Post | null): StatusBody {
    const content = `<p>${Array.from({ length: 25 + this.#below(30) }, () => this.#any(WORDS)).join(' ')}.</p>`
    return {
      text: null,
      content,
      spoilerText: '',
      sensitive: false,
      language: 'en',
      media: [],
      mentions: parent === null ? [] : [mentionOf(parent.author)],
      tags: this.#below(5) === 0 ? [this.#any(TAGS)] : [],
      emojis: [],
    }
  }

  #like(post: Post): DomainEvent {
    const by = this.#often(this.#people)
    this.#likes.push({ by, post })
    if (this.#likes.length > RECENT) this.#likes.shift()
    return { type: 'status:like', data: { accountId: by.id, statusId: post.id, uri: `${by.uri}#likes/${post.id}`, at: this.#now() } }
  }

  #unlike(): DomainEvent {
    const like = this.#likes.splice(this.#below(this.#likes.length), 1)[0]
    if (like === undefined) return this.#post(null)
    const { by, post } = like
    return { type: 'status:unlike', data: { accountId: by.id, statusId: post.id, uri: `${by.uri}#likes/${post.id}` } }
  }

  #boost(post: Post): DomainEvent {
    const by = this.#often(this.#people)
    const id = this.#id()
    const data = {
      id,
      accountId: by.id,
      statusId: post.id,
      uri: `${by.uri}/boosts/${id}`,
      createdAt: this.#now(),
      visibility: 'public',
      local: by.local,
    }
    return { type: 'status:boost', data: data as EventData['status:boost'] }
  }

  #follow(by: Person, target: Person): DomainEvent {
    this.#follows.add(`${by.id} ${target.id}`)
    const at = this.#now()
    const uri = `${by.uri}#follows/${target.id}`
    const data = { accountId: by.id, targetId: target.id, uri, at, state: 'accepted', reblogs: true, notify: false, languages: null } as const
    return { type: 'social:follow', data }
  }

  #unfollow(): DomainEvent {
    const [follow] = this.#follows
    if (follow === undefined) return this.#post(null)
    this.#follows.delete(follow)
    const [accountId = '', targetId = ''] = follow.split(' ')
    return { type: 'social:unfollow', data: { accountId, targetId, uri: `${ORIGIN}/follows/${accountId}/${targetId}` } }
  }

  #profile(name: string): Profile {
    const note = `<p>${Array.from({ length: 30 }, () => this.#any(WORDS)).join(' ')}</p>`
    return { ...EMPTY_PROFILE, displayName: `The ${name}`, note, discoverable: true, indexable: true }
  }

  #now(): string {
    return new Date(this.#ms).toISOString()
  }

  #id(): string {
    return snowflake(this.#ms, this.#below(0x10000))
  }

  /** Whole number in [0, limit). Mulberry32. */
  #below(limit: number): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  #any<T>(list: readonly T[]): T {
    const found = list[this.#below(list.length)]
    if (found === undefined) throw new RangeError('nothing to choose from')
    return found
  }

  /** Some say much more than others. */
  #often<T>(list: readonly T[]): T {
    return this.#any(list.slice(0, 1 + Math.floor(list.length * (this.#below(1000) / 1000) ** 1.5)))
  }
}

const mentionOf = ({ id, uri, username, local }: Person): Mention => ({
  accountId: id,
  uri,
  url: uri,
  username,
  acct: local ? username : `${username}@${new URL(uri).host}`,
})

const linksOf = (uri: string) => ({
  uri,
  url: uri.replace('/users/', '/@'),
  inbox: `${uri}/inbox`,
  sharedInbox: `${new URL(uri).origin}/inbox`,
  outbox: `${uri}/outbox`,
  followers: `${uri}/followers`,
  following: `${uri}/following`,
  featured: null,
})
