/** The names of things here: every URI we publish, and what one of ours means. Pure. */

export type Uris = ReturnType<typeof urisOf>

/** True for what can be a name here; anything else (attacker-controlled paths) need not be looked for. */
export const mayBeUsername = (text: string): boolean => /^[A-Za-z0-9_]{1,64}$/.test(text)

const PERSON = /^\/(?:users\/|@)([A-Za-z0-9_]{1,64})\/?$/

/** @param origin scheme, host and port; no trailing slash */
export const urisOf = (origin: string) => {
  const { host } = new URL(origin)
  const actor = (username: string) => `${origin}/users/${username}`
  const localActor = new RegExp(`^${origin.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}/users/([A-Za-z0-9_]{1,64})(?=$|[/#?])`)
  return {
    origin,
    host,
    actor,
    /** Of the instance itself: signs what is nobody's own, and is served to anyone. */
    instanceActor: `${origin}/actor`,
    sharedInbox: `${origin}/inbox`,
    inbox: (username: string) => `${actor(username)}/inbox`,
    outbox: (username: string) => `${actor(username)}/outbox`,
    followers: (username: string) => `${actor(username)}/followers`,
    following: (username: string) => `${actor(username)}/following`,
    featured: (username: string) => `${actor(username)}/collections/featured`,
    status: (username: string, id: string) => `${actor(username)}/statuses/${id}`,
    profile: (username: string) => `${origin}/@${username}`,
    page: (username: string, id: string) => `${origin}/@${username}/${id}`,
    tag: (name: string) => `${origin}/tags/${encodeURIComponent(name)}`,
    media: (stored: string) => (/^https?:\/\//i.test(stored) ? stored : `${origin}/media/${stored}`),
    /** Of our host, however it is spelt: nobody is asked for it. What is ours by another spelling is nothing we know. */
    isLocal: (uri: string) => uri === origin || uri.startsWith(`${origin}/`) || (URL.canParse(uri) && new URL(uri).host === host),
    /** Name of the person here whom a URI means, be it their id or their page, however our host is spelt. */
    personIn: (uri: string) => (URL.canParse(uri) && new URL(uri).host === host ? (PERSON.exec(new URL(uri).pathname)?.[1] ?? null) : null),
    /** Name of the account that a URI of ours belongs to, itself included. */
    usernameOf: (uri: string) => localActor.exec(uri)?.[1] ?? null,
  }
}
