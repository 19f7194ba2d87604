/** What our own API answers, as schemas: they describe it in the OpenAPI document and are what the code is typed by. */
import { z } from 'zod'

const base64 = z.string().meta({ contentEncoding: 'base64' })
const hash = base64.describe('SHA-256, 32 bytes, base64')
const position = z.int().min(0).describe('Place of an entry in the log, from 0')

export const Instance = z
  .object({
    origin: z.url().describe('Scheme, host and port: names every account and post'),
    title: z.string(),
    setUp: z.boolean().describe('False until the instance has an owner'),
    software: z.object({ name: z.literal('vivim'), version: z.string() }),
    log: z.object({
      origin: z.string().describe('Name of the log, the first line of its checkpoints'),
      verifierKey: z.string().describe('C2SP verifier key of the checkpoints'),
      size: z.int().min(0),
      root: hash,
      checkpoint: z.string().describe('The newest signed checkpoint, a C2SP signed note'),
    }),
  })
  .meta({ id: 'Instance' })

export const Part = z
  .union([
    z.object({
      codec: z.enum(['json', 'raw', 'cbor']),
      commitment: base64.describe('HMAC-SHA256 that binds the sealed payload without revealing it'),
      sizeClass: z.int().min(0).describe('Binary logarithm of the size, rounded up'),
      keyRef: base64.describe('Names the key the payload is sealed under; destroying it erases the payload'),
    }),
    z.object({ codec: z.enum(['json', 'raw', 'cbor']), inline: base64.describe('Carried in the signed bytes: key operations and erasure warrants') }),
  ])
  .meta({ id: 'Part' })

export const Commit = z
  .object({
    id: z.string().describe('SHA-256 of the commit bytes, hexadecimal'),
    actor: z.string().describe('SHA-256 of the genesis key operation, hexadecimal: an identity without personal data'),
    key: z.string().describe('SHA-256(public key)[:16] of the signing key, hexadecimal'),
    chain: z
      .object({ lane: z.enum(['public', 'private']), seq: z.int().min(0), prev: z.string().nullable() })
      .describe('Place in the chain of this key'),
    time: z.iso.datetime().describe('Claimed time: the milliseconds of the hybrid logical clock'),
    counter: z.int().min(0),
    deps: z.array(z.string()).describe('Ids of commits acted upon'),
    seen: z
      .object({ size: z.int().min(0), root: hash })
      .nullable()
      .describe('The newest checkpoint the signer had verified'),
    events: z.array(z.object({ type: z.string(), schema: z.int().min(1), stream: z.string(), parts: z.array(Part) })),
    signature: base64.describe('Ed25519 over "vivim.commit/v1" 0x00 ‖ suite ‖ SHA-256(commit)'),
  })
  .meta({ id: 'Commit' })

export const Entry = z
  .object({
    position,
    kind: z.enum(['public', 'blinded']).describe('A blinded leaf is 33 bytes that say nothing to strangers'),
    leaf: base64.describe('The bytes whose hash is in the tree'),
    leafHash: hash.describe('SHA-256(0x00 ‖ leaf)'),
    commit: Commit.nullable().describe('What the leaf of a public commit says, decoded; null for a blinded leaf'),
    proof: z
      .object({ size: z.int().min(1), root: hash, hashes: z.array(hash) })
      .describe('Inclusion proof against the checkpoint below, lowest sibling first: RFC 9162 section 2.1.3'),
    checkpoint: z.string().describe('Signed by the log: a C2SP signed note over size and root'),
  })
  .meta({ id: 'Entry' })

export const Receipt = z.object({ status: z.object({ id: z.string(), uri: z.url(), url: z.url() }), entry: Entry }).meta({ id: 'Receipt' })

const bytes = (what: string) => base64.describe(what)

/** A commit that its author signed elsewhere. */
export const SignedCommit = z
  .object({
    commit: bytes('The signed bytes, see docs/formats.md section 1.2'),
    signature: bytes('Ed25519, in suite 2 followed by ML-DSA-65'),
    parts: z
      .array(
        z.object({
          event: z.int().min(0).describe('Index of the event in the commit'),
          index: z.int().min(0).optional().describe('Index of the part in the event; 0 when absent'),
          r: bytes('The 32 random bytes that the commitment was blinded with'),
          bytes: bytes('The payload: JSON exactly as JSON.stringify writes it'),
        }),
      )
      .describe('Every sealed part, opened: the instance checks it against its commitment and seals it'),
  })
  .meta({ id: 'SignedCommit' })

const admitted = {
  position,
  id: z.string().describe('SHA-256 of the commit bytes, hexadecimal'),
  time: z.iso.datetime(),
  repeated: z.boolean().describe('True when it was in the log before: sending a commit again changes nothing'),
  receiptUrl: z.url().describe('Where the receipt is, a C2SP tlog-proof'),
  receipt: z.string().optional().describe('The receipt itself, with `Prefer: receipt`'),
}

export const Admitted = z.object(admitted).meta({ id: 'Admitted' })

/** Every reason for which a signed commit is not admitted. */
export const NotAdmittedCode = z.enum([
  'MALFORMED',
  'LOG',
  'SIGNATURE',
  'KEY',
  'CHAIN',
  'EQUIVOCATION',
  'CONDITION',
  'CLOCK',
  'SEEN',
  'COMMITMENT',
  'READ_ONLY',
  'BUSY',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'NOT_ALLOWED',
  'GONE',
  'INVALID',
  'NOT_SET_UP',
])

export const BatchResult = z
  .union([z.object({ ok: z.literal(true), ...admitted }), z.object({ ok: z.literal(false), code: NotAdmittedCode, reason: z.string() })])
  .meta({ id: 'BatchResult' })

const chainHead = z.object({ seq: z.int().min(0), id: z.string(), time: z.int().min(0), counter: z.int().min(0) }).nullable()

export const KeyHead = z
  .object({
    key: z.string().describe('SHA-256(public key)[:16], hexadecimal'),
    actor: z.string().describe('Field 3 of its commits, hexadecimal'),
    log: z.object({ origin: z.string(), hash: z.string().describe('SHA-256 of the origin, hexadecimal: field 2 of a commit') }),
    public: chainHead.describe('Newest commit of the key in the public lane; null when there is none'),
    private: chainHead.describe('Newest commit of the key in the private lane; null when there is none'),
    seen: z
      .object({ size: z.int().min(0), root: hash })
      .nullable()
      .describe('The newest tree: field 8 of a commit, once its checkpoint was verified'),
    time: z.int().describe('Clock of the instance, milliseconds since 1970'),
  })
  .meta({ id: 'KeyHead' })

const provenLeaf = z.object({
  position,
  leaf: base64.describe('The entry: 0x00 ‖ commit ‖ signature'),
  proof: z.array(hash).describe('Inclusion proof in the tree of `size`, lowest sibling first'),
})

export const Chains = z
  .object({
    actor: z.string().describe('SHA-256 of the genesis key operation, hexadecimal'),
    size: z.int().min(0).describe('Size of the tree that everything here is proven against'),
    operations: z.array(provenLeaf).describe('The public commits by which the account said which keys are its own, oldest first'),
    keys: z.array(z.object({ key: z.string(), length: z.int().min(1).describe('Public commits that it signed: numbers 0 to length - 1') })),
  })
  .meta({ id: 'Chains' })

export const ChainPage = z.object({ size: z.int().min(0), commits: z.array(provenLeaf) }).meta({ id: 'ChainPage' })

export const Streams = z.object({ streams: z.array(z.string()).describe('Where each event belongs, in the order asked') }).meta({ id: 'Streams' })

export const Drafted = z
  .object({
    type: z.string(),
    schema: z.int().min(1),
    stream: z.string(),
    lane: z.enum(['public', 'private']).describe('The most open lane it may stand in'),
    data: z.record(z.string(), z.unknown()).describe('The payload to commit to and sign'),
  })
  .meta({ id: 'Drafted' })

const keyEnd = z.object({
  at: z.int().min(0).describe('Position of the operation that ended it'),
  after: z.int().min(0).describe('Its commits after this position are marked as not its owner’s; equal to `at` when there are none'),
  why: z.enum(['revoked', 'rotated', 'disowned']),
})

export const Keys = z
  .object({
    actor: z.string().describe('SHA-256 of the genesis key operation, hexadecimal'),
    custody: z.string().nullable().describe('Id of the key that this instance keeps and signs with; null when it may not sign for the account'),
    requires: z.enum(['ed25519', 'hybrid']).describe('The weakest signature that a commit of the account may have'),
    keys: z.array(
      z.object({
        id: z.string().describe('SHA-256(public key)[:16], hexadecimal'),
        kind: z.enum(['ed25519', 'hybrid']),
        didKeys: z.array(z.string()).describe('The public key as did:key; of a hybrid one both halves, ML-DSA-65 second'),
        device: z.boolean().describe('Whether it may sign more than operations on keys'),
        recovery: z.int().min(0).nullable().describe('Rank among the recovery keys, 0 the strongest; null when it is none'),
        since: z.int().min(0).describe('Position that registered it'),
        frozen: z.int().min(0).nullable().describe('Position from which on it is frozen, because it signed two commits for one place'),
        ended: keyEnd.nullable(),
      }),
    ),
  })
  .meta({ id: 'Keys' })

export const KeyChanged = z.object({ position, id: z.string(), keys: Keys }).meta({ id: 'KeyChanged' })

export const OperationsDone = z
  .object({
    results: z.array(
      z.union([
        z.object({ ok: z.literal(true), position, id: z.string(), repeated: z.boolean() }),
        z.object({ ok: z.literal(false), code: NotAdmittedCode, reason: z.string() }),
      ]),
    ),
    keys: Keys,
  })
  .meta({ id: 'OperationsDone' })

const moment = z.number().nullable().describe('Milliseconds since 1970')

export const LogState = z
  .object({
    origin: z.string(),
    verifierKeys: z.array(z.string()).describe('C2SP verifier keys of the checkpoints: Ed25519, then ML-DSA-44'),
    size: z.int().min(0),
    root: hash,
    checkpoint: z.string().describe('The newest signed checkpoint'),
    readOnly: z.string().nullable().describe('Why the log takes nothing now; null while it does'),
    quorum: z.string().nullable().describe('Name of the quorum in the policy of this instance; null when it has none'),
    witnessed: z
      .object({ size: z.int().min(0), at: z.number() })
      .nullable()
      .describe('The newest tree that met the quorum'),
    witnesses: z.array(z.object({ name: z.string(), verifierKey: z.string(), size: z.int().min(0), at: moment })),
    witnessOf: z.array(z.object({ origin: z.string(), size: z.int().min(0), at: moment })).describe('Logs that this instance witnesses'),
  })
  .meta({ id: 'LogState' })

export const EvidenceList = z
  .object({
    evidence: z
      .array(
        z.object({
          position,
          of: z.enum(['log', 'key']),
          text: z.string(),
          first: z.string().nullable().describe('The first signed thing: a note, or base64 of commit ‖ signature; null for private commits'),
          second: z.string().nullable().describe('The second, which contradicts it'),
        }),
      )
      .describe('Proofs that one key signed two things where there may be one, oldest first'),
  })
  .meta({ id: 'EvidenceList' })

/** @see RFC 9457 */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().optional().describe('Why, for programs'),
    scope: z.string().optional().describe('The scope that the token lacks'),
    errors: z
      .array(z.object({ detail: z.string(), parameter: z.string().optional(), pointer: z.string().optional() }))
      .optional()
      .describe('What is wrong with which parameter of the query, or with which member of the body (JSON pointer)'),
  })
  .meta({ id: 'Problem' })
