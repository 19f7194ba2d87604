/** How much of a stranger's document we are willing to look at. Everything here is attacker-controlled; beyond a limit a document is refused or a list cut. */

/** Bytes of an inbox POST. */
export const MAX_BODY = 256 * 1024
/** Bytes of a document we fetch: it may be kept as evidence. */
export const MAX_DOCUMENT = 256 * 1024
/** Objects and arrays inside each other. */
export const MAX_DEPTH = 32
/** Items of one array. */
export const MAX_ITEMS = 4_096
/** Values in one document. */
export const MAX_NODES = 20_000
/** What a JSON-LD processor is given: its work grows with the product of these. `contexts` and `terms` are those a document brings itself. */
export const JSON_LD = { values: 4_000, contexts: 32, terms: 512 } as const
/** Bytes of an id or URL: what an index can hold. */
export const MAX_IRI = 2_048

/** Characters of HTML in a post, before sanitising; and tags, which are what costs. */
export const MAX_CONTENT = 100_000
export const MAX_MARKUP = 4_000
export const MAX_SUMMARY = 5_000
export const MAX_NAME = 500
export const MAX_DESCRIPTION = 10_000
/** Addressees of one kind. */
export const MAX_ADDRESSED = 1_000
export const MAX_ATTACHMENTS = 16
export const MAX_MENTIONS = 64
export const MAX_TAGS = 64
export const MAX_EMOJIS = 128
export const MAX_FIELDS = 16
export const MAX_KEYS = 16
/** Statuses named by one Flag. */
export const MAX_FLAGGED = 100
/** Ancestors fetched for one reply to an unknown post. */
export const MAX_PARENTS = 20
