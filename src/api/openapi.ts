/** The OpenAPI 3.1 document of what is our own: /api/vivim/v1 and /log. Mastodon's API is documented by Mastodon. Pure. */
import { z } from 'zod'
import { describeCalls } from './openapi-calls.ts'
import { FAILURES, json, OPERATIONS, type Operation, object, refTo, SCHEMAS } from './openapi-operations.ts'
import { VERSION } from './version.ts'
import { CALLS } from './vivim/calls.ts'
import { ROOT } from './vivim/register.ts'
import { Problem } from './vivim/schema.ts'

export function openApiDocument(origin: string): object {
  const vault = describeCalls(ROOT, CALLS)
  return {
    openapi: '3.1.0',
    info: {
      title: 'VIVIM',
      version: VERSION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        "What is VIVIM's own: receipts and the public log. For timelines, posts and everything else this instance speaks the " +
        '[Mastodon client API](https://docs.joinmastodon.org/client/intro/).\n\n' +
        'Any call that writes, of either API, names the receipts of what it wrote in `Link` headers when it is sent with `Prefer: receipt`.\n\n' +
        'To check the whole log, run `vivim audit` with the address of this instance.',
    },
    servers: [{ url: origin }],
    tags: [
      { name: 'Instance' },
      { name: 'Signing', description: 'For devices that keep their own key and sign for themselves.' },
      { name: 'Receipts', description: 'Proofs that one thing happened.' },
      { name: 'Log', description: 'The transparency log, for auditors and witnesses.' },
      ...VAULT_TAGS,
    ],
    paths: { ...paths(), ...vault.paths },
    components: { schemas: { ...componentSchemas(), ...vault.schemas }, securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  }
}

const VAULT_TAGS = [
  {
    name: 'Conversations',
    description: 'Everything below here is private: for its owner, by applications that have the scope. Every read is an event that the owner sees.',
  },
  {
    name: 'Shelves',
    description: 'Conversations, messages, ACUs and memories, kept together: collections in folders, notebooks in an order of their own.',
  },
  { name: 'ACUs', description: 'Atomic chat units: the smallest spans of messages that can be cited.' },
  { name: 'Memories', description: 'What was learnt from conversations, each with its evidence.' },
  { name: 'Search' },
  { name: 'Imports', description: 'Exports of other assistants, brought in.' },
  { name: 'Capture', description: 'Conversations behind share links and in saved pages.' },
  { name: 'Context', description: 'What a model is given: within a budget, with a list of what and why.' },
  { name: 'Models', description: 'Models that the owner has keys for, and talking to them.' },
  { name: 'Access', description: 'What applications and assistants have read.' },
]

function paths(): object {
  const found = new Map<string, Record<string, object>>()
  for (const [call, operation] of Object.entries(OPERATIONS)) {
    const [method = '', route = ''] = call.split(' ')
    found.set(route, { ...found.get(route), [method.toLowerCase()]: describe(call, route, operation) })
  }
  return Object.fromEntries(found)
}

function describe(call: string, route: string, { tag, summary, description, parameters, body, answer, token, also = [] }: Operation): object {
  const content = route.startsWith('/log') ? json(object({ error: { type: 'string' } })) : { 'application/problem+json': { schema: refTo(Problem) } }
  const failures = [...also, 429 as const].map((status) => [status, { description: FAILURES[status], content }])
  return {
    operationId: (call.startsWith('GET ') ? route : call).replace(/[^A-Za-z]+/g, '_').replace(/^_|_$/g, ''),
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    ...(body !== undefined && { requestBody: { required: true, content: body } }),
    ...(token !== undefined && { security: [...(token === 'welcome' ? [{}] : []), { token: [] }] }),
    responses: {
      [call.includes('POST') && call.endsWith('/events') ? '2XX' : '200']: { description: 'OK', content: answer },
      ...Object.fromEntries(failures),
    },
  }
}

/** Every schema with an id, referring to each other by it. */
function componentSchemas(): object {
  const registry = z.registry<{ id: string }>()
  for (const schema of SCHEMAS) registry.add(schema, { id: schema.meta()?.id ?? '' })
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}` })
  return Object.fromEntries(Object.entries(schemas).map(([id, { $schema: _schema, $id: _id, ...schema }]) => [id, schema]))
}
