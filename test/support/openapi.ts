/** Answers held against Mastodon's published schema: every key that it requires is there, of the type it says. */
import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

type Json = Readonly<Record<string, unknown>>
type Operation = { readonly security?: readonly Readonly<Record<string, readonly string[]>>[]; readonly responses: Readonly<Record<string, Json>> }

const document = JSON.parse(readFileSync(new URL('../../fixtures/mastodon/openapi-4.7.json', import.meta.url), 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Json>> }
}

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true })
formats.default(ajv)
ajv.addFormat('iso-639-1', /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/)
ajv.addFormat('scopes', /^[a-z:]+( [a-z:]+)*$/)
ajv.addFormat('uri', { validate: (value: string) => URL.canParse(value) })
ajv.addSchema({ $id: 'mastodon', components: document.components })

const compiled = new Map<string, ValidateFunction>()

/** What is wrong with `value` as an entity of this name, or an array of them (`Status[]`); empty when nothing is. */
export function entityProblems(name: string, value: unknown): string[] {
  const entity = name.replace(/\[\]$/, '')
  const ref = { $ref: `mastodon#/components/schemas/${entity}` }
  return problems(name, entity === name ? ref : { type: 'array', items: ref }, value)
}

/** What is wrong with `value` as the body of this operation's answer; empty when nothing is. `path` as the schema writes it. */
export function answerProblems(method: string, path: string, status: number, value: unknown): string[] {
  const operation = document.paths[path]?.[method.toLowerCase()]
  if (operation === undefined) return [`${method} ${path} is not an operation of the schema`]
  const response = operation.responses[String(status)] as { content?: { 'application/json'?: { schema?: Json } } } | undefined
  if (response === undefined) return [`${method} ${path} never answers ${status}`]
  const schema = response.content?.['application/json']?.schema
  return schema === undefined ? [] : problems(`${method} ${path} ${status}`, absolute(schema), value)
}

/** Scopes of which the operation needs one; empty when it needs no token. */
export function scopesOf(method: string, path: string): readonly string[] {
  return document.paths[path]?.[method.toLowerCase()]?.security?.flatMap((requirement) => Object.values(requirement).flat()) ?? []
}

/** Every `METHOD /path` of the schema. */
export const operations = (): string[] =>
  Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))

function problems(key: string, schema: Json, value: unknown): string[] {
  const validate = compiled.get(key) ?? ajv.compile(schema)
  compiled.set(key, validate)
  return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${key}: ${instancePath} ${message ?? ''}`)
}

/** References of an inline schema point into the document. */
const absolute = (schema: Json): Json => JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"mastodon#/components/')) as Json
