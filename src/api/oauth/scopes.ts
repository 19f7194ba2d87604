/** OAuth scopes: which exist, what includes what, and what each means in plain words. Pure. */

const RESOURCES = {
  read: [
    'accounts',
    'blocks',
    'bookmarks',
    'collections',
    'favourites',
    'filters',
    'follows',
    'lists',
    'mutes',
    'notifications',
    'search',
    'statuses',
  ],
  write: [
    'accounts',
    'blocks',
    'bookmarks',
    'collections',
    'conversations',
    'favourites',
    'filters',
    'follows',
    'lists',
    'media',
    'mutes',
    'notifications',
    'reports',
    'statuses',
  ],
} as const

const FOLLOW = ['read:blocks', 'write:blocks', 'read:follows', 'write:follows', 'read:mutes', 'write:mutes']

/** The scopes of Mastodon. `admin:*` is not offered: there is no administration by API yet. The metadata names these alone: clients know no others. */
export const MASTODON_SCOPES: readonly string[] = [
  'profile',
  'read',
  ...RESOURCES.read.map((name) => `read:${name}`),
  'write',
  ...RESOURCES.write.map((name) => `write:${name}`),
  'follow',
  'push',
]

/** Every scope a client may ask for. */
export const SCOPES: readonly string[] = [...MASTODON_SCOPES, 'keys', 'memory', 'memory:read', 'memory:write', 'memory:chat']

/** What a client gets when it names no scope. */
export const DEFAULT_SCOPES: readonly string[] = ['read']

/** Whether `granted` covers `wanted`: itself, its parent (`read` for `read:statuses`), or the old `follow`. */
export function allows(granted: readonly string[], wanted: string): boolean {
  if (granted.includes(wanted)) return true
  const [parent] = wanted.split(':', 1)
  return (parent !== undefined && parent !== wanted && granted.includes(parent)) || (granted.includes('follow') && FOLLOW.includes(wanted))
}

/** Scopes in a space-separated (or `+`-separated) list, each once, in their order. Not checked: see `unknownScope`. */
export const parseScopes = (text: string): string[] => [...new Set(text.split(/[\s+]+/).filter((scope) => scope !== ''))]

/** The first scope that does not exist, or null. */
export const unknownScope = (scopes: readonly string[]): string | null => scopes.find((scope) => !SCOPES.includes(scope)) ?? null

/** What of its registered scopes an application gets; false when it asks for more, or for what does not exist (and could not be shown to anybody). */
export function grantable(registered: readonly string[], requested: readonly string[] | undefined): string[] | false {
  // Asking for none gives the default ones, or all it has.
  const scopes = requested ?? (DEFAULT_SCOPES.every((scope) => allows(registered, scope)) ? DEFAULT_SCOPES : registered)
  return scopes.length > 0 && scopes.every((scope) => SCOPES.includes(scope) && allows(registered, scope)) && [...scopes]
}

/** What a scope lets an application do, as a person would say it. */
const MEANINGS: Readonly<Record<string, string>> = {
  profile: 'See who you are: your name, picture and address',
  read: 'Read everything you can read: timelines, private posts, notifications, lists',
  'read:accounts': 'See your account and the accounts of others',
  'read:blocks': 'See whom you block',
  'read:bookmarks': 'See your bookmarks',
  'read:collections': 'See your collections',
  'read:favourites': 'See your favourites',
  'read:filters': 'See your filters',
  'read:follows': 'See whom you follow and who follows you',
  'read:lists': 'See your lists',
  'read:mutes': 'See whom you mute',
  'read:notifications': 'See your notifications',
  'read:search': 'Search on your behalf',
  'read:statuses': 'See all posts you can see, private ones too',
  write: 'Act as you: post, edit, delete, react, follow, upload, change your profile',
  'write:accounts': 'Change your profile',
  'write:blocks': 'Block and unblock people',
  'write:bookmarks': 'Bookmark posts',
  'write:collections': 'Change your collections',
  'write:conversations': 'Mute and remove conversations',
  'write:favourites': 'Favourite posts',
  'write:filters': 'Change your filters',
  'write:follows': 'Follow and unfollow people',
  'write:lists': 'Change your lists',
  'write:media': 'Upload pictures and other files',
  'write:mutes': 'Mute people and conversations',
  'write:notifications': 'Dismiss your notifications',
  'write:reports': 'Report people and posts',
  'write:statuses': 'Publish, edit, delete and boost posts as you',
  follow: 'Follow, mute and block people for you, and see whom you do',
  push: 'Send you push notifications',
  memory: 'Read, bring in and change your conversations with assistants and your memories, and talk to models with your keys',
  'memory:read': 'Search and read your conversations with assistants, and your memories',
  'memory:write': 'Bring in, change and delete conversations and memories',
  'memory:chat': 'Talk to the models that you have keys for, at your cost',
  keys: 'Change which keys sign for you: it can take your account away from this server, and from you',
}

/** What a set of scopes amounts to, one sentence each; what is included in another is left out. */
export function describeScopes(scopes: readonly string[]): { readonly scope: string; readonly meaning: string }[] {
  const widest = scopes.filter(
    (scope) =>
      !allows(
        scopes.filter((other) => other !== scope),
        scope,
      ),
  )
  return SCOPES.filter((scope) => widest.includes(scope)).map((scope) => ({ scope, meaning: MEANINGS[scope] ?? scope }))
}
