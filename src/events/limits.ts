/**
 * How large anything recorded may be. These are sane maximums against abuse and accident, far above what the API allows people to type;
 * a translator of foreign data cuts to these before it asks for anything to be recorded. Strings count UTF-16 units.
 */
export const LIMITS = {
  /** Display names, titles, field names. */
  name: 1000,
  /** HTML or source of a profile note or field value. */
  note: 100_000,
  /** HTML or source of a post; escaping makes text up to six times longer. */
  content: 1_000_000,
  spoilerText: 10_000,
  /** Description of an attachment. */
  description: 20_000,
  comment: 20_000,
  /** Any id or address on the web. */
  uri: 2048,
  /** Addresses of files may carry long signatures. */
  url: 8192,
  language: 35,
  media: 32,
  mentions: 1000,
  tags: 1000,
  tag: 200,
  emojis: 1000,
  shortcode: 200,
  fields: 64,
  keys: 16,
  /** A public key in text form. */
  keyMaterial: 8192,
  languages: 200,
  scopes: 100,
  scope: 200,
  redirectUris: 50,
  reportedStatuses: 1000,
  /** Of one post: all of them are read before the next. */
  edits: 1000,
  /** Text of one block of a conversation. */
  message: 4_000_000,
  blocks: 2_000,
  /** Of one conversation, and links to it. */
  messages: 100_000,
  shares: 1_000,
  /** Things on one shelf. */
  shelf: 10_000,
  citations: 5_000,
  /** What a source says beside what we understand, as JSON, and how deep it may be. */
  extra: 1_000_000,
  depth: 64,
  /** Lines of an import's report; what is beyond is counted. */
  skipped: 2_000,
  /** One sentence. */
  claim: 2_000,
  evidences: 1_000,
  acus: 5_000,
  /** Things that one access by an application may name. */
  read: 1_000,
  /** An inbound request kept as evidence, bytes. */
  evidence: 1_048_576,
} as const
