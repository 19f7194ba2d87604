/** What /api/vivim/v1 and /log are, call by call: the table that the OpenAPI document is made of. Pure data. */
import { z } from 'zod'
import { ROOT } from './vivim/register.ts'
import {
  Admitted,
  BatchResult,
  ChainPage,
  Chains,
  Commit,
  Drafted,
  Entry,
  EvidenceList,
  Instance,
  KeyChanged,
  KeyHead,
  Keys,
  LogState,
  OperationsDone,
  Part,
  Problem,
  Receipt,
  SignedCommit,
  Streams,
} from './vivim/schema.ts'

type Parameter = {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly description: string
  readonly required: boolean
  readonly schema: object
}

const COUNT = { type: 'integer', minimum: 0 } as const
const path = (name: string, description: string, schema: object): Parameter => ({ name, in: 'path', description, required: true, schema })
const query = (name: string, description: string, required: boolean, minimum = 0): Parameter => ({
  name,
  in: 'query',
  description,
  required,
  schema: { ...COUNT, minimum },
})

export type Operation = {
  readonly summary: string
  readonly description?: string
  readonly tag: string
  readonly parameters?: readonly Parameter[]
  /** What it takes, by content type. */
  readonly body?: object
  readonly answer: object
  /** A token is needed; otherwise one is welcome where it can open more. */
  readonly token?: 'needed' | 'welcome'
  /** What else it may answer, beside 200 and 429. */
  readonly also?: readonly Failure[]
}

export const FAILURES = {
  400: 'The query or the body is not as described',
  401: 'A token was sent that is not valid',
  403: 'A token was sent that does not allow this',
  404: 'No such thing, or not for the caller',
  409: 'It cannot be done as things stand, or they have moved on meanwhile: `code` says which',
  412: 'It has changed since the `ETag` in `If-Match`',
  413: 'Too much at once',
  415: 'The body is of a type that is not taken here',
  422: 'Refused: `title` says why, and so does `code` where there is one',
  429: 'Too many requests: try again after the seconds in `Retry-After`',
  502: 'The model did not answer: `title` says what its provider said, `code` what kind of trouble it is',
  503: 'The log takes nothing now: `title` says why',
} as const

type Failure = keyof typeof FAILURES

export const json = (schema: z.ZodType | object): object => ({ 'application/json': { schema: schema instanceof z.ZodType ? refTo(schema) : schema } })
export const refTo = (schema: z.ZodType): object => ({ $ref: `#/components/schemas/${schema.meta()?.id ?? ''}` })
const HASH = { type: 'string', contentEncoding: 'base64', description: 'SHA-256, 32 bytes' }
const PROOF = { type: 'array', items: HASH }
export const object = (properties: Readonly<Record<string, object>>): object => ({ type: 'object', required: Object.keys(properties), properties })

const KEY_LIST = { type: 'array', items: { type: 'string', description: 'did:key, two of them joined by a comma for a hybrid key, or base64' } }

/** Operations that the instance signs on behalf of the account. */
const keyChange = (name: string, summary: string, properties: Readonly<Record<string, object>>): Readonly<Record<string, Operation>> => ({
  [`POST ${ROOT}/keys${name}`]: {
    tag: 'Signing',
    summary,
    description: 'Scope `keys`, which `write` does not include.',
    body: json({ type: 'object', properties }),
    answer: json(KeyChanged),
    token: 'needed',
    also: [401, 403, 404, 422, 503],
  },
})

/** By `METHOD path`. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  [`GET ${ROOT}/instance`]: { tag: 'Instance', summary: 'What this instance and its log are', answer: json(Instance), also: [401] },
  [`POST ${ROOT}/events`]: {
    tag: 'Signing',
    summary: 'Append commits that a device signed',
    description:
      'One commit, or up to 1,000 in the order of their chains; what an event may say is judged by the same rules as everything else here. The binary ' +
      'form is `[[commit, signature, [[event, part, r, payload], …]], …]` in the CBOR of docs/formats.md section 1.1. A single commit is answered by ' +
      'itself, with 201 or a problem; a list by a result for each. `Prefer: receipt` puts the receipts into the answer, `Prefer: wait=5` waits for the ' +
      'read tables. The scope each event needs is that of the same act in the Mastodon API.',
    body: {
      'application/json': {
        schema: { oneOf: [refTo(SignedCommit), object({ commits: { type: 'array', maxItems: 1_000, items: refTo(SignedCommit) } })] },
      },
      'application/cbor': { schema: { type: 'string', contentEncoding: 'binary' } },
    },
    answer: json({ oneOf: [refTo(Admitted), object({ results: { type: 'array', items: refTo(BatchResult) } })] }),
    token: 'needed',
    also: [400, 401, 403, 404, 409, 413, 422, 503],
  },
  [`GET ${ROOT}/keys/{key}/head`]: {
    tag: 'Signing',
    summary: 'Where the chains of a key stand',
    parameters: [path('key', 'SHA-256(public key)[:16], hexadecimal', { type: 'string' })],
    answer: json(KeyHead),
    token: 'needed',
    also: [401, 404],
  },
  [`POST ${ROOT}/streams`]: {
    tag: 'Signing',
    summary: 'Names of the streams that events belong into',
    description: 'A name is a keyed hash that only the instance can compute. Only streams that the caller may write to are named.',
    body: json(object({ events: { type: 'array', items: object({ type: { type: 'string' }, data: { type: 'object' } }) } })),
    answer: json(Streams),
    token: 'needed',
    also: [400, 401, 403, 422],
  },
  [`POST ${ROOT}/drafts`]: {
    tag: 'Signing',
    summary: 'A post as this instance would write it, to be signed',
    description: 'Takes what `POST /api/v1/statuses` of the Mastodon API takes, and records nothing. Scope `write:statuses`.',
    body: json({ type: 'object' }),
    answer: json(Drafted),
    token: 'needed',
    also: [401, 403, 404, 422],
  },
  [`GET ${ROOT}/keys`]: { tag: 'Signing', summary: 'Keys of the caller’s account', answer: json(Keys), token: 'needed', also: [401, 404] },
  ...keyChange('', 'Add device keys', { devices: KEY_LIST }),
  ...keyChange('/revoke', 'Revoke keys', { keys: { type: 'array', items: { type: 'string' } }, after: { type: ['integer', 'null'] } }),
  ...keyChange('/rotate', 'Replace the keys that this instance keeps', {
    suite: { enum: ['ed25519', 'hybrid', null] },
    after: { type: ['integer', 'null'] },
  }),
  ...keyChange('/require', 'Require a suite of every later commit', { suite: { enum: ['ed25519', 'hybrid'] } }),
  ...keyChange('/recovery', 'Put recovery keys of your own before the key that this instance keeps', { recovery: KEY_LIST }),
  ...keyChange('/hand-over', 'Take the account into your own hands', { recovery: KEY_LIST, devices: KEY_LIST }),
  [`POST ${ROOT}/keys/operations`]: {
    tag: 'Signing',
    summary: 'Append operations on keys that a key of yours signed',
    body: json({ oneOf: [refTo(SignedCommit), object({ commits: { type: 'array', items: refTo(SignedCommit) } })] }),
    answer: json(OperationsDone),
    token: 'needed',
    also: [400, 401, 403, 409, 422, 503],
  },
  [`GET ${ROOT}/accounts/{name}/chains`]: {
    tag: 'Receipts',
    summary: 'Keys of an account, and how many public commits each has signed',
    parameters: [path('name', 'User name', { type: 'string' }), query('size', 'Size of the tree to prove against; the newest when absent', false)],
    answer: json(Chains),
    also: [400, 401, 404],
  },
  [`GET ${ROOT}/accounts/{name}/chains/{key}`]: {
    tag: 'Receipts',
    summary: 'Public commits of one key in the order of its chain, with their proofs',
    parameters: [
      path('name', 'User name', { type: 'string' }),
      path('key', 'Key, hexadecimal', { type: 'string' }),
      query('from', 'Number in the chain to begin with', false),
      query('limit', 'At most so many, up to 100', false, 1),
      query('size', 'Size of the tree to prove against; the newest when absent', false),
    ],
    answer: json(ChainPage),
    also: [400, 401, 404],
  },
  [`GET ${ROOT}/log`]: { tag: 'Log', summary: 'The state of the log and of its witnesses', answer: json(LogState), also: [401] },
  [`GET ${ROOT}/evidence`]: { tag: 'Log', summary: 'Evidence of equivocation', answer: json(EvidenceList), also: [401] },
  'GET /log/receipt/{name}': {
    tag: 'Receipts',
    summary: 'The receipt of one commit, a file that verifies offline',
    description:
      'A [C2SP proof](https://c2sp.org/tlog-proof) that holds its entry. Strangers get public commits, and of others the opaque leaf; authors, readers of a ' +
      'post and admitted auditors get as much as they may see. `vivim verify` and the page `/audit` check it.',
    parameters: [path('name', 'Position or id, then `.tlog-proof`', { type: 'string' })],
    answer: { 'text/plain': { schema: { type: 'string' } } },
    token: 'welcome',
    also: [401, 404],
  },
  [`GET ${ROOT}/receipts/{id}`]: {
    tag: 'Receipts',
    summary: 'Proof that a post is in the log',
    description: 'For a post that the caller may see: public and unlisted ones without a token, others with one (scope `read:statuses`).',
    parameters: [path('id', 'Id of the post on this instance', { type: 'string' })],
    answer: json(Receipt),
    token: 'welcome',
    also: [401, 403, 404],
  },
  [`GET ${ROOT}/events/{position}`]: {
    tag: 'Receipts',
    summary: 'One entry of the log with its inclusion proof',
    description:
      'Public commits are decoded. Every other entry is a blinded leaf: it can be proved to be there, and nothing else can be told from it.',
    parameters: [path('position', 'Place in the log, from 0', COUNT)],
    answer: json(Entry),
    also: [401, 404],
  },
  [`GET ${ROOT}/export`]: {
    tag: 'Receipts',
    summary: 'Everything the caller’s account signed, opened and proven',
    description:
      'Lines of JSON: a header with a signed checkpoint, one line for each entry with its payloads and its proof, an end. `vivim verify` checks ' +
      'the file anywhere. Needs a token with the scopes `read` and `memory:read`.',
    answer: { 'application/x-ndjson': { schema: { type: 'string' } } },
    token: 'needed',
    also: [401, 403],
  },
  'GET /log/checkpoint': {
    tag: 'Log',
    summary: 'The newest signed checkpoint',
    description: 'A [C2SP checkpoint](https://c2sp.org/tlog-checkpoint).',
    answer: { 'text/plain': { schema: { type: 'string' } } },
  },
  'GET /log/key': {
    tag: 'Log',
    summary: 'Verifier keys of the checkpoints: Ed25519, then ML-DSA-44',
    answer: { 'text/plain': { schema: { type: 'string' } } },
  },
  'GET /log/tile/{L}/{N}': {
    tag: 'Log',
    summary: 'Hashes of the tree',
    description: 'A [C2SP tile](https://c2sp.org/tlog-tiles) of height 8; `N` may end in `.p/W` for a partial tile.',
    parameters: [
      path('L', 'Level, 0–63', { type: 'integer', minimum: 0, maximum: 63 }),
      path('N', 'Index, in groups of three digits', { type: 'string' }),
    ],
    answer: { 'application/octet-stream': {} },
    also: [404],
  },
  'GET /log/tile/entries/{N}': {
    tag: 'Log',
    summary: 'A bundle of 256 entries',
    parameters: [path('N', 'Index, in groups of three digits; may end in `.p/W`', { type: 'string' })],
    answer: { 'application/octet-stream': {} },
    also: [404],
  },
  'GET /log/proof': {
    tag: 'Log',
    summary: 'Inclusion proof',
    parameters: [
      query('position', 'Place in the log, from 0', true),
      query('size', 'Size of the tree to prove against; the newest when absent', false),
    ],
    answer: json(object({ origin: { type: 'string' }, index: COUNT, size: COUNT, leafHash: HASH, proof: PROOF, root: HASH })),
    also: [400, 404],
  },
  'GET /log/proof/consistency': {
    tag: 'Log',
    summary: 'Proof that an older tree is a prefix of a newer one',
    parameters: [query('from', 'Size of the older tree', true), query('to', 'Size of the newer tree; the newest when absent', false)],
    answer: json(object({ origin: { type: 'string' }, from: COUNT, to: COUNT, fromRoot: HASH, toRoot: HASH, proof: PROOF })),
    also: [400, 404],
  },
}

/** Every schema that has a name. */
export const SCHEMAS: readonly z.ZodType[] = [
  Admitted,
  BatchResult,
  ChainPage,
  Chains,
  Commit,
  Drafted,
  Entry,
  EvidenceList,
  Instance,
  KeyChanged,
  KeyHead,
  Keys,
  LogState,
  OperationsDone,
  Part,
  Problem,
  Receipt,
  SignedCommit,
  Streams,
]
