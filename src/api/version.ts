/** What this software calls itself, and what it says to clients of Mastodon. */
import { VERSION } from '../host/version.ts'

export { VERSION } from '../host/version.ts'

/** As clients parse it: the Mastodon version whose API we follow comes first. */
export const CLIENT_VERSION = `4.6.0 (compatible; Vivim ${VERSION})`
