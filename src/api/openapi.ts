/** The OpenAPI 3.1 document of what is our own: /api/vivim/v1 and /log. Mastodon's API is documented by Mastodon. Pure. */
import { z } from 'zod'
import { VERSION } from './version.ts'
import { ROOT } from './vivim/register.ts'
import { Commit, Entry, Instance, Part, Problem, Receipt } from './vivim/schema.ts'

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

type Operation = {
  readonly summary: string
  readonly description?: string
  readonly tag: string
  readonly parameters?: readonly Parameter[]
  readonly answer: object
  /** What else it may answer, beside 200 and 429. */
  readonly also?: readonly Failure[]
}

const FAILURES = {
  400: 'The query is not as described',
  401: 'A token was sent that is not valid',
  403: 'A token was sent that does not allow this',
  404: 'No such thing, or not for the caller',
  429: 'Too many requests: try again after the seconds in `Retry-After`',
} as const

type Failure = keyof typeof FAILURES

const json = (schema: z.ZodType | object): object => ({ 'application/json': { schema: schema instanceof z.ZodType ? refTo(schema) : schema } })
const refTo = (schema: z.ZodType): object => ({ $ref: `#/components/schemas/${schema.meta()?.id ?? ''}` })
const HASH = { type: 'string', contentEncoding: 'base64', description: 'SHA-256, 32 bytes' }
const PROOF = { type: 'array', items: HASH }
const object = (properties: Readonly<Record<string, object>>): object => ({ type: 'object', required: Object.keys(properties), properties })

const OPERATIONS: Readonly<Record<string, Operation>> = {
  [`${ROOT}/instance`]: { tag: 'Instance', summary: 'What this instance and its log are', answer: json(Instance), also: [401] },
  [`${ROOT}/receipts/{id}`]: {
    tag: 'Receipts',
    summary: 'Proof that a post is in the log',
    description: 'For a post that the caller may see: public and unlisted ones without a token, others with one (scope `read:statuses`).',
    parameters: [path('id', 'Id of the post on this instance', { type: 'string' })],
    answer: json(Receipt),
    also: [401, 403, 404],
  },
  [`${ROOT}/events/{position}`]: {
    tag: 'Receipts',
    summary: 'One entry of the log with its inclusion proof',
    description:
      'Public commits are decoded. Every other entry is a blinded leaf: it can be proved to be there, and nothing else can be told from it.',
    parameters: [path('position', 'Place in the log, from 0', COUNT)],
    answer: json(Entry),
    also: [401, 404],
  },
  [`${ROOT}/export`]: {
    tag: 'Receipts',
    summary: 'Everything the caller’s account signed, opened and proven',
    description:
      'Lines of JSON: a header with a signed checkpoint, one line for each entry with its payloads and its proof, an end. `vivim verify` checks ' +
      'the file anywhere. Needs a token with the scope `read`.',
    answer: { 'application/x-ndjson': { schema: { type: 'string' } } },
    also: [401, 403],
  },
  '/log/checkpoint': {
    tag: 'Log',
    summary: 'The newest signed checkpoint',
    description: 'A [C2SP checkpoint](https://c2sp.org/tlog-checkpoint).',
    answer: { 'text/plain': { schema: { type: 'string' } } },
  },
  '/log/key': {
    tag: 'Log',
    summary: 'Verifier keys of the checkpoints: Ed25519, then ML-DSA-44',
    answer: { 'text/plain': { schema: { type: 'string' } } },
  },
  '/log/tile/{L}/{N}': {
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
  '/log/tile/entries/{N}': {
    tag: 'Log',
    summary: 'A bundle of 256 entries',
    parameters: [path('N', 'Index, in groups of three digits; may end in `.p/W`', { type: 'string' })],
    answer: { 'application/octet-stream': {} },
    also: [404],
  },
  '/log/proof': {
    tag: 'Log',
    summary: 'Inclusion proof',
    parameters: [
      query('position', 'Place in the log, from 0', true),
      query('size', 'Size of the tree to prove against; the newest when absent', false),
    ],
    answer: json(object({ origin: { type: 'string' }, index: COUNT, size: COUNT, leafHash: HASH, proof: PROOF, root: HASH })),
    also: [400, 404],
  },
  '/log/proof/consistency': {
    tag: 'Log',
    summary: 'Proof that an older tree is a prefix of a newer one',
    parameters: [query('from', 'Size of the older tree', true), query('to', 'Size of the newer tree; the newest when absent', false)],
    answer: json(object({ origin: { type: 'string' }, from: COUNT, to: COUNT, fromRoot: HASH, toRoot: HASH, proof: PROOF })),
    also: [400, 404],
  },
}

export function openApiDocument(origin: string): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'VIVIM',
      version: VERSION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        "What is VIVIM's own: receipts and the public log. For timelines, posts and everything else this instance speaks the " +
        '[Mastodon client API](https://docs.joinmastodon.org/client/intro/).\n\n' +
        'To check the whole log, run `vivim audit` with the address of this instance.',
    },
    servers: [{ url: origin }],
    tags: [
      { name: 'Instance' },
      { name: 'Receipts', description: 'Proofs that one thing happened.' },
      { name: 'Log', description: 'The transparency log, for auditors and witnesses.' },
    ],
    paths: Object.fromEntries(Object.entries(OPERATIONS).map(([route, operation]) => [route, { get: describe(route, operation) }])),
    components: { schemas: componentSchemas(), securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  }
}

function describe(route: string, { tag, summary, description, parameters, answer, also = [] }: Operation): object {
  const content = route.startsWith('/log') ? json(object({ error: { type: 'string' } })) : { 'application/problem+json': { schema: refTo(Problem) } }
  const failures = [...also, 429 as const].map((status) => [status, { description: FAILURES[status], content }])
  return {
    operationId: route.replace(/[^A-Za-z]+/g, '_').replace(/^_|_$/g, ''),
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    ...(route.includes('/receipts/') && { security: [{}, { token: [] }] }),
    responses: { 200: { description: 'OK', content: answer }, ...Object.fromEntries(failures) },
  }
}

/** Every schema with an id, referring to each other by it. */
function componentSchemas(): object {
  const registry = z.registry<{ id: string }>()
  for (const schema of [Instance, Receipt, Entry, Commit, Part, Problem]) registry.add(schema, { id: schema.meta()?.id ?? '' })
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}` })
  return Object.fromEntries(Object.entries(schemas).map(([id, { $schema: _schema, $id: _id, ...schema }]) => [id, schema]))
}
