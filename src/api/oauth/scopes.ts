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

/** Every scope a client may ask for. `admin:*` is not offered: there is no administration by API yet. */
export const SCOPES: readonly string[] = [
  'profile',
  'read',
  ...RESOURCES.read.map((name) => `read:${name}`),
  'write',
  ...RESOURCES.write.map((name) => `write:${name}`),
  'follow',
  'push',
]

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
