/** Which names people may take here. Names are compared without case. */

/** What a username looks like: 1 to 30 letters a–z, digits or underscores. */
const pattern = /^[a-z0-9_]{1,30}$/i

/** Names that mean the server itself to other servers or to readers; nobody may hold them. */
const technical = new Set([
  'actor',
  'instance',
  'instance_actor',
  'relay',
  'system',
  'vivim',
  'null',
  'undefined',
  'everyone',
  'here',
  'all',
  'me',
  'self',
])

/** Names that suggest authority: only the owner may hold them. */
const authority = new Set([
  'admin',
  'administrator',
  'moderator',
  'mod',
  'root',
  'support',
  'help',
  'security',
  'abuse',
  'postmaster',
  'webmaster',
  'hostmaster',
  'info',
  'contact',
  'staff',
  'official',
  'owner',
])

/** The form in which names are compared. */
export const canonicalUsername = (username: string): string => username.toLowerCase()

export const isUsername = (username: string): boolean => pattern.test(username)

export const isReserved = (username: string, role: 'owner' | 'user'): boolean =>
  technical.has(canonicalUsername(username)) || (role === 'user' && authority.has(canonicalUsername(username)))
