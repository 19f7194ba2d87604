/**
 * Who this instance is, for whoever wants to check it: its DID document and `/.well-known/vivim`. Both name the keys of its log, those it
 * cosigns other logs with, and those of its own actor in the log.
 *
 * @see https://w3c-ccg.github.io/did-method-web/; W3C DID Core; docs/formats.md section 5
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { didKeys, didWeb, type KeyAlgorithm, multikey } from '../host/did-key.ts'
import { VERSION } from '../host/version.ts'
import { activeDevices, type KeyState, recoveryKeys } from '../ledger/key-state.ts'
import { parseOrigin } from '../ledger/log-break.ts'
import { SIGNATURE_TYPE, splitVerifierKey } from '../ledger/tlog/note.ts'
import { formatPolicy, type Policy } from '../ledger/tlog/policy.ts'
import type { Json } from './wire/json.ts'

/** What the documents tell. Verifier keys are C2SP's, Ed25519 first. */
export type InstanceIdentity = {
  /** Scheme, host and port; no trailing slash. */
  readonly origin: string
  readonly logOrigin: string
  readonly logKeys: readonly string[]
  readonly witnessKeys: readonly string[]
  /** Whom it trusts to witness its log; null when it asks nobody. */
  readonly policy: Policy | null
  /** Keys of the instance's own actor; null before it is set up. */
  readonly keys: KeyState | null
}

export function registerIdentity(app: FastifyInstance, identity: () => Promise<InstanceIdentity>): void {
  app.get('/.well-known/did.json', async (_request, reply) => send(reply, 'application/did+json', didDocument(await identity())))
  app.get('/.well-known/vivim', async (_request, reply) => send(reply, 'application/json', instanceDocument(await identity())))
}

/** Readable by browsers of any site. */
function send(reply: FastifyReply, type: string, document: Json): FastifyReply {
  return reply
    .header('access-control-allow-origin', '*')
    .header('cache-control', 'public, max-age=300')
    .type(`${type}; charset=utf-8`)
    .send(JSON.stringify(document))
}

/** A `did:web` document: every key is a Multikey, and may sign statements of the instance. */
export function didDocument({ origin, logKeys, witnessKeys, keys }: InstanceIdentity): Json {
  const did = didWeb(origin)
  const own = keys === null ? [] : activeDevices(keys)
  const methods = [
    ...logKeys.map((key) => noteMethod(did, 'log', key)),
    ...witnessKeys.map((key) => noteMethod(did, 'witness', key)),
    ...own.flatMap(({ id, publicKey }) =>
      didKeys(publicKey).map((key, half) => method(did, `actor-${hex(id)}${half === 0 ? '' : '-ml-dsa-65'}`, key.replace('did:key:', ''))),
    ),
  ]
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: did,
    alsoKnownAs: [origin],
    verificationMethod: methods,
    assertionMethod: methods.map(({ id }) => id),
    service: [
      { id: `${did}#log`, type: 'TransparencyLog', serviceEndpoint: `${origin}/log` },
      { id: `${did}#witness`, type: 'TransparencyLogWitness', serviceEndpoint: `${origin}/witness` },
      { id: `${did}#vivim`, type: 'VivimInstance', serviceEndpoint: `${origin}/.well-known/vivim` },
    ],
  }
}

/** The same for programs that audit: where everything is, and by which keys. */
export function instanceDocument({ origin, logOrigin, logKeys, witnessKeys, policy, keys }: InstanceIdentity): Json {
  return {
    software: { name: 'vivim', version: VERSION },
    origin,
    did: didWeb(origin),
    log: { origin: logOrigin, earlierOrigins: earlierOrigins(logOrigin), url: `${origin}/log`, verifierKeys: [...logKeys] },
    witness: { url: `${origin}/witness`, verifierKeys: [...witnessKeys] },
    policy: policy === null ? null : Buffer.from(formatPolicy(policy)).toString(),
    actor: keys === null ? null : { id: hex(keys.actor), devices: activeDevices(keys).map(shown), recovery: recoveryKeys(keys).map(shown) },
    endpoints: {
      checkpoint: `${origin}/log/checkpoint`,
      tiles: `${origin}/log/tile/{level}/{index}`,
      entries: `${origin}/log/tile/entries/{index}`,
      verifierKeys: `${origin}/log/key`,
      receipt: `${origin}/log/receipt/{position}.tlog-proof`,
      addCheckpoint: `${origin}/witness/add-checkpoint`,
      api: `${origin}/api/vivim/v1`,
      description: `${origin}/api/docs/openapi.json`,
      didDocument: `${origin}/.well-known/did.json`,
    },
  }
}

/** Origins of the logs that this one goes on from, oldest first. @see docs/formats.md section 1.8 */
function earlierOrigins(logOrigin: string): string[] {
  const { host, number } = parseOrigin(logOrigin)
  return Array.from({ length: number - 1 }, (_, i) => `${host}/log/${i + 1}`)
}

const shown = ({ id, publicKey }: { readonly id: Uint8Array; readonly publicKey: Uint8Array }): Json => ({ id: hex(id), didKeys: didKeys(publicKey) })

/** The name of a method holds the key id, so that a new key never takes the name of an old one. */
function noteMethod(did: string, purpose: string, verifierKey: string): Method {
  const { keyId, type, publicKey } = splitVerifierKey(verifierKey)
  const algorithm: KeyAlgorithm = type === SIGNATURE_TYPE.mlDsa44Cosignature ? 'ml-dsa-44' : 'ed25519'
  return method(did, `${purpose}-${hex(keyId)}`, multikey(algorithm, publicKey))
}

type Method = { readonly id: string; readonly type: 'Multikey'; readonly controller: string; readonly publicKeyMultibase: string }

const method = (did: string, name: string, publicKeyMultibase: string): Method => ({
  id: `${did}#${name}`,
  type: 'Multikey',
  controller: did,
  publicKeyMultibase,
})

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
