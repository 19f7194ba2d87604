/** Signatures that are valid, over less than they should be; and headers made to confuse whoever reads them. Real sockets, every byte chosen. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/federation/wire/json.ts'
import { accountByUri } from '../../../src/projections/read/accounts.ts'
import { cavage, type Header, messageSignature, send, sha256 } from './attacker.ts'
import { type Elsewhere, elsewhere, post, type Stranger, stranger } from './elsewhere.ts'
import { type FederatingInstance, federatingInstance, type Person } from './instance.ts'

const ORIGIN = 'https://here.example'
const TYPE: Header = ['content-type', 'application/activity+json']

let world: Elsewhere
let here: FederatingInstance
let alice: Person
let zoe: Stranger

beforeAll(async () => {
  world = elsewhere()
  here = await federatingInstance({ origin: ORIGIN, fetch: world, deliver: false })
  alice = await here.person('alice')
  zoe = stranger(world, 'https://far.example/users/zoe')
})
afterAll(async () => here?.close())

const follow = () => JSON.stringify(zoe.activity('Follow', { object: alice.uri }))
const date = () => new Date().toUTCString()

/** The answer to something that must change nothing; never a fault of ours. */
async function refused(headers: readonly Header[], body: string, target = '/inbox') {
  const before = here.ledger.head().size
  const answer = await send(here, { target, headers, body })
  expect([answer.status, answer.body]).toEqual([401, expect.stringContaining('error')])
  expect(here.ledger.head().size).toBe(before)
  return (JSON.parse(answer.body) as { error: string }).error
}

/** As an honest server signs; `change` is what the attacker does otherwise. */
function signed(body: string, change: { covered?: string[]; values?: Record<string, string>; parameters?: string; target?: string } = {}) {
  const values = {
    '(request-target)': `post ${change.target ?? '/inbox'}`,
    host: 'here.example',
    date: date(),
    digest: `SHA-256=${sha256(body)}`,
    ...change.values,
  }
  const covered = change.covered ?? ['(request-target)', 'host', 'date', 'digest']
  const signature = cavage(zoe, { covered, values, ...(change.parameters === undefined ? {} : { parameters: change.parameters }) })
  return { values, headers: [['host', values.host], ['date', values.date], ['digest', values.digest], TYPE, signature] as Header[] }
}
const without = (headers: readonly Header[], name: string) => headers.filter(([one]) => one.toLowerCase() !== name)

describe('draft-cavage', () => {
  it('the honest request is taken: what follows fails for its own reason', async () => {
    const body = follow()
    expect((await send(here, { headers: signed(body).headers, body })).status).toBe(202)
  })

  it.each(['(request-target)', 'host', 'digest'])('a valid signature that leaves out %s is refused', async (name) => {
    const body = follow()
    const covered = ['(request-target)', 'host', 'date', 'digest'].filter((one) => one !== name)
    expect(await refused(signed(body, { covered }).headers, body)).toBe(`the signature does not cover ${name}`)
  })

  it('a valid signature without a time is refused, be the time only claimed beside it', async () => {
    const body = follow()
    const covered = ['(request-target)', 'host', 'digest']
    expect(await refused(signed(body, { covered }).headers, body)).toBe('the signature does not cover a time')
    const seconds = Math.floor(Date.now() / 1000)
    expect(await refused(signed(body, { covered, parameters: `created=${seconds},` }).headers, body)).toBe('the signature does not cover a time')
  })

  it('(created) and (expires) bound the time; what is no number, empty or past is refused', async () => {
    const body = follow()
    const covered = ['(request-target)', 'host', 'digest', '(created)', '(expires)']
    const seconds = Math.floor(Date.now() / 1000)
    const attempt = (created: string, expires: string) =>
      signed(body, {
        covered,
        values: { '(created)': created.replaceAll('"', ''), '(expires)': expires.replaceAll('"', '') },
        parameters: `${created === '' ? '' : `created=${created},`}${expires === '' ? '' : `expires=${expires},`}`,
      }).headers
    for (const created of ['', '""', '"x"', '0', '1e12', '"NaN"', `${seconds - 13 * 3600}`, `${seconds + 2 * 3600}`])
      expect(await refused(attempt(created, `${seconds + 60}`), body)).toMatch(/time|cannot be read/)
    for (const expires of ['""', '"x"', `${seconds - 1}`]) expect(await refused(attempt(`${seconds}`, expires), body)).toMatch(/expired/)
    expect((await send(here, { headers: attempt(`${seconds}`, `${seconds + 60}`), body })).status).toBe(202)
  })

  it('a header given twice is not what was signed', async () => {
    const body = follow()
    const { headers, values } = signed(body)
    const fake = JSON.stringify({ ...(JSON.parse(body) as object), id: `${zoe.uri}/activities/twice` })
    expect(await refused([['digest', `SHA-256=${sha256(fake)}`], ...headers], fake)).toMatch(/body/)
    expect(await refused([...headers, ['digest', `SHA-256=${sha256(fake)}`]], fake)).toMatch(/body/)
    expect(await refused([...headers, ['date', values.date]], body)).toMatch(/time/)
    expect(await refused([...headers, ...headers.filter(([name]) => name === 'Signature')], body)).toMatch(/cannot be read/)
  })

  it('a digest of another algorithm, of nothing, or under a name that objects inherit, is none', async () => {
    const body = follow()
    for (const digest of [
      '',
      'MD5=XUFAKrxLKna5cZ2REBfFkg==',
      'SHA-256',
      'SHA-256=',
      'constructor=AAAA',
      '__proto__=AAAA',
      'toString=AAAA',
      'SHA-256=e30',
    ])
      expect([digest, await refused(signed(body, { values: { digest } }).headers, body)]).toEqual([digest, expect.stringMatching(/digest|body/)])
    const both = `SHA-256=${sha256(body)}, SHA-512=${sha256(body)}`
    expect(await refused(signed(body, { values: { digest: both } }).headers, body)).toMatch(/body/)
  })

  it('a covered header that is not there, or that only objects have, makes no signature', async () => {
    const body = follow()
    for (const name of ['x-missing', 'constructor', '__proto__', 'tostring', 'hasownproperty', '(unknown)', '(response-status)'])
      expect([
        name,
        await refused(signed(body, { covered: ['(request-target)', 'host', 'date', 'digest', name], values: { [name]: '' } }).headers, body),
      ]).toEqual([name, 'a signed header is missing'])
  })

  it('a signature made for another host, path or method does not count here', async () => {
    const body = follow()
    expect(await refused(signed(body, { values: { host: 'other.example' } }).headers, body)).toBe('the signature is wrong')
    expect(await refused([['host', 'here.example'], ...without(signed(body, { values: { host: 'other.example' } }).headers, 'host')], body)).toBe(
      'the signature is wrong',
    )
    expect(await refused(signed(body, { target: '/users/bob/inbox' }).headers, body)).toBe('the signature is wrong')
    expect(await refused(signed(body, { values: { '(request-target)': 'get /inbox' } }).headers, body)).toBe('the signature is wrong')
    expect(await refused(signed(body, { target: '/inbox' }).headers, body, '/users/alice/inbox?/inbox')).toBe('the signature is wrong')
  })

  it('behind a proxy that rewrites Host, the public name counts and no other', async () => {
    const body = follow()
    const { headers } = signed(body)
    const proxied = (host: string) => [['host', host], ...without(headers, 'host')] as Header[]
    expect((await send(here, { headers: proxied(`127.0.0.1:${here.port}`), body })).status).toBe(202)
    const other = follow()
    const forOther = signed(other, { values: { host: 'internal:3000' } })
    expect(await refused(forOther.headers, other)).toBe('the signature is wrong')
    expect(await refused([...forOther.headers, ['x-forwarded-host', 'internal:3000']], other)).toBe('the signature is wrong')
  })

  it('an algorithm that is not that of the key never verifies', async () => {
    const body = follow()
    for (const algorithm of ['none', 'hmac-sha256', 'ed25519', 'rsa-sha1', 'constructor'])
      expect([algorithm, await refused(signed(body, { parameters: `algorithm="${algorithm}",` }).headers, body)]).toEqual([
        algorithm,
        'the signature is wrong',
      ])
  })
})

describe('RFC 9421', () => {
  const components = '"@method" "@target-uri" "content-digest"'
  const now = () => Math.floor(Date.now() / 1000)
  const values = (body: string) => ['POST', `${ORIGIN}/inbox`, `sha-256=:${sha256(body)}:`]
  const parameters = () => `;created=${now()};keyid="${zoe.keyId}"`
  const request = (body: string, ...signatures: readonly { readonly input: string; readonly signature: string }[]): Header[] => [
    ['host', 'here.example'],
    ['content-digest', `sha-256=:${sha256(body)}:`],
    ['signature-input', signatures.map(({ input }) => input).join(', ')],
    ['signature', signatures.map(({ signature }) => signature).join(', ')],
    TYPE,
  ]

  it('the honest request is taken', async () => {
    const body = follow()
    const one = messageSignature(zoe, { components, values: values(body), parameters: parameters() })
    expect((await send(here, { headers: request(body, one), body })).status).toBe(202)
  })

  it.each([
    ['@method', '"@target-uri" "content-digest"', [1, 2]],
    ['the target', '"@method" "@authority" "content-digest"', [0, 3, 2]],
    ['the host', '"@method" "@path" "content-digest"', [0, 4, 2]],
    ['content-digest', '"@method" "@target-uri"', [0, 1]],
    ['everything', '', []],
  ])('a valid signature that leaves out %s is refused', async (what, some, which) => {
    const body = follow()
    const all = [...values(body), 'here.example', '/inbox']
    const one = messageSignature(zoe, { components: some, values: which.map((i) => all[i] ?? ''), parameters: parameters() })
    expect(await refused(request(body, one), body)).toBe(`the signature does not cover ${what === 'everything' ? '@method' : what}`)
  })

  it('components with flags (;bs ;req ;sf ;tr ;key), twice, or unknown are not what they seem', async () => {
    const body = follow()
    const [method = '', target = '', digest = ''] = values(body)
    const bs = `:${Buffer.from(digest).toString('base64')}:`
    const tricks: [string, string[]][] = [
      ['"@method" "@target-uri" "content-digest";bs', [method, target, bs]],
      ['"@method" "@target-uri" "content-digest";req', [method, target, digest]],
      ['"@method";req "@target-uri";req "content-digest";req', [method, target, digest]],
      ['"@method" "@target-uri" "content-digest";sf', [method, target, digest]],
      ['"@method" "@target-uri" "content-digest";tr', [method, target, digest]],
      ['"@method" "@target-uri" "content-digest";key="sha-256"', [method, target, digest.slice(8)]],
      ['"@method" "@target-uri" "content-digest" "content-digest"', [method, target, digest, digest]],
      ['"@method" "@target-uri" "content-digest" "@status"', [method, target, digest, '200']],
      ['"@method" "@target-uri" "content-digest" "constructor"', [method, target, digest, '']],
      ['"@method" "@target-uri" "content-digest" "__proto__"', [method, target, digest, '']],
      ['"@method" "@target-uri" "Content-Digest"', [method, target, digest]],
    ]
    for (const [some, claimed] of tricks)
      expect([
        some,
        await refused(request(body, messageSignature(zoe, { components: some, values: claimed, parameters: parameters() })), body),
      ]).toEqual([some, expect.stringMatching(/missing|cover/)])
  })

  it('a signature for another origin, or whose time is not now, is refused', async () => {
    const body = follow()
    const [method = '', , digest = ''] = values(body)
    const other = messageSignature(zoe, { components, values: [method, 'https://other.example/inbox', digest], parameters: parameters() })
    expect(await refused(request(body, other), body)).toBe('the signature is wrong')
    for (const time of ['', ';created=0', ';created="now"', `;created=${now() - 13 * 3600}`, `;created=${now() + 2 * 3600}`])
      expect(
        await refused(request(body, messageSignature(zoe, { components, values: values(body), parameters: `${time};keyid="${zoe.keyId}"` })), body),
      ).toMatch(/time/)
    for (const expires of [`;expires=${now() - 1}`, ';expires="later"', ';expires'])
      expect(
        await refused(request(body, messageSignature(zoe, { components, values: values(body), parameters: `${parameters()}${expires}` })), body),
      ).toMatch(/expired/)
  })

  it('of several signatures each is judged by itself: parts of one do not complete another', async () => {
    const body = follow()
    const partial = messageSignature(zoe, { label: 'a', components: '"@method" "@target-uri"', values: values(body), parameters: parameters() })
    const rest = messageSignature(zoe, { label: 'b', components: '"content-digest"', values: [values(body)[2] ?? ''], parameters: parameters() })
    expect(await refused(request(body, partial, rest), body)).toMatch(/cover/)
    const whole = messageSignature(zoe, { label: 'c', components, values: values(body), parameters: parameters() })
    const swapped = { input: whole.input, signature: partial.signature.replace('a=', 'c=') }
    expect(await refused(request(body, swapped), body)).toBe('the signature is wrong')
    const proxy = messageSignature(zoe, {
      label: 'proxy',
      components,
      values: values(body),
      parameters: `;created=${now()};keyid="https://proxy.example/key"`,
    })
    expect((await send(here, { headers: request(body, proxy, whole), body })).status).toBe(202)
  })

  it('a digest under a name that objects inherit, or that does not fit, is none', async () => {
    const body = follow()
    const [method = '', target = ''] = values(body)
    for (const digest of ['constructor=:AAAA:', 'sha-256=:AAAA:', 'md5=:AAAA:', '', 'sha-256', `sha-256=:${sha256(body)}:, sha-512=:AAAA:`]) {
      const one = messageSignature(zoe, { components, values: [method, target, digest], parameters: parameters() })
      const headers = request(body, one).map(([name, value]): Header => (name === 'content-digest' ? [name, digest] : [name, value]))
      expect([digest, await refused(headers, body)]).toEqual([digest, expect.stringMatching(/digest|body|missing/)])
    }
  })

  it('an old signature beside a new one is not believed', async () => {
    const body = follow()
    const old = signed(body).headers
    expect(await refused([...old, ['signature-input', 'sig1=("@method");created=1']], body)).toMatch(/cannot be read/)
  })
})

describe('object proofs', () => {
  const unsigned = (document: JsonObject) => {
    const body = JSON.stringify(document)
    return { body, headers: [['host', 'here.example'], TYPE] as Header[] }
  }
  const proven = () => zoe.proven(zoe.activity('Follow', { object: alice.uri }))

  it('a proof alone is enough, as it is for what somebody forwards', async () => {
    const { body, headers } = unsigned(proven())
    expect((await send(here, { headers, body })).status).toBe(202)
  })

  it('a proof holds for its own document, its own options, and its own context', async () => {
    const document = proven()
    const proof = document['proof'] as JsonObject
    const changed: JsonObject[] = [
      { ...document, object: 'https://here.example/users/bob' },
      { ...document, extra: true },
      { ...document, '@context': ['https://www.w3.org/ns/activitystreams', { Follow: 'as:Block' }] },
      { ...document, '@context': [{ Follow: 'as:Block' }, 'https://www.w3.org/ns/activitystreams'] },
      { ...document, proof: { ...proof, '@context': ['https://www.w3.org/ns/activitystreams', { Follow: 'as:Block' }] } },
      { ...document, proof: { ...proof, proofPurpose: 'authentication' } },
      { ...document, proof: { ...proof, type: 'Ed25519Signature2020' } },
      { ...document, proof: { ...proof, created: '2020-01-01T00:00:00Z' } },
      { ...document, proof: { ...proof, proofValue: `${(proof['proofValue'] as string).slice(0, -1)}1` } },
      { ...document, proof: { ...proof, cryptosuite: 'eddsa-rdfc-2022' } },
      { ...document, proof: { ...proof, verificationMethod: zoe.keyId } },
    ]
    for (const one of changed) await refused(unsigned(one).headers, unsigned(one).body)
  })

  it('a proof that has expired, or was made by another actor of the same server, proves nothing', async () => {
    const twin = stranger(world, 'https://far.example/users/twin')
    const forged = twin.proven(zoe.activity('Follow', { object: alice.uri }))
    await refused(unsigned(forged).headers, unsigned(forged).body)
    const until = (ms: number) => zoe.proven(zoe.activity('Follow', { object: alice.uri }), { expires: new Date(Date.now() + ms).toISOString() })
    expect(await refused(unsigned(until(-60_000)).headers, unsigned(until(-60_000)).body)).toBe('the proof has expired')
    expect((await send(here, { headers: unsigned({}).headers, body: JSON.stringify(until(60_000)) })).status).toBe(202)
  })

  it('the proof of one document does not speak for another that comes with it', async () => {
    const as = (term: string) => `https://www.w3.org/ns/activitystreams#${term}`
    const words = {
      '@id': `${zoe.uri}/activities/never`,
      '@type': [as('Follow')],
      [as('actor')]: [{ '@id': zoe.uri }],
      [as('object')]: [{ '@id': alice.uri }],
    }
    const { '@context': _context, ...contextless } = zoe.activity('Follow', { object: alice.uri })
    const documents = [zoe.proven(zoe.activity('Follow', { object: alice.uri })), zoe.proven(contextless), zoe.proven({ '@value': 'x', 'a:b': 1 })]
    const mallory = stranger(world, 'https://evil.example/users/mallory')
    for (const document of documents)
      for (const together of [
        [document, words],
        [words, document],
        [null, document, words],
        { ...document, '@graph': [words] },
        { '@graph': [document, words] },
      ]) {
        const before = here.ledger.head().size
        expect([400, 401]).toContain((await post(here, mallory, together)).status)
        expect(here.ledger.head().size).toBe(before)
      }
  })

  it('an old proof proves nothing any more; what is forwarded of an actor is asked for anew', async () => {
    const old = zoe.proven(zoe.activity('Follow', { object: alice.uri }), { created: new Date(Date.now() - 8 * 86_400_000).toISOString() })
    expect(await refused(unsigned(old).headers, unsigned(old).body)).toBe('the proof is not of this time')
    const future = zoe.proven(zoe.activity('Follow', { object: alice.uri }), { created: new Date(Date.now() + 7_200_000).toISOString() })
    expect(await refused(unsigned(future).headers, unsigned(future).body)).toBe('the proof is not of this time')
    const timeless = zoe.proven(zoe.activity('Follow', { object: alice.uri }), { created: undefined })
    await refused(unsigned(timeless).headers, unsigned(timeless).body)
    const stale = zoe.proven(zoe.activity('Update', { object: { ...zoe.document, name: 'who I was' } }))
    expect((await send(here, { headers: unsigned(stale).headers, body: unsigned(stale).body })).status).toBe(202)
    await here.settled()
    expect((await accountByUri(here.database.pool, zoe.uri))?.display_name).toBe('zoe')
  })

  it('what cannot be canonicalised is a wrong proof, not a fault of ours', async () => {
    const document = JSON.stringify({ ...proven(), x: 'HERE' })
    for (const value of ['1e999', '"\\ud800"', `{"@value":1,"y":${'['.repeat(50_000)}${']'.repeat(50_000)}}`]) {
      const before = here.ledger.head().size
      const answer = await send(here, { headers: unsigned({}).headers, body: document.replace('"HERE"', value) })
      expect([value.slice(0, 20), answer.status]).toEqual([value.slice(0, 20), value.startsWith('{') ? 413 : 401])
      expect(here.ledger.head().size).toBe(before)
    }
    const hidden = document.replace('"x":"HERE"', `"__proto__":${'['.repeat(50_000)}${']'.repeat(50_000)}`)
    expect((await send(here, { headers: unsigned({}).headers, body: hidden })).status).toBe(413)
  })
})
