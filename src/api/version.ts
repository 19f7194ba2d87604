/** What this software calls itself. */
export const VERSION = '0.1.0'

/** As clients parse it: the Mastodon version whose API we follow comes first. */
export const CLIENT_VERSION = `4.6.0 (compatible; Vivim ${VERSION})`
