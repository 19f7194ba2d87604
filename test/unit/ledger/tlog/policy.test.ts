/** Trust policies: the cases of transparency-dev/formats (policy/tlog_policy_test.go), and what a quorum is. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyPairFromSeed } from '../../../../src/ledger/ed25519.ts'
import { signCheckpoint } from '../../../../src/ledger/tlog/checkpoint.ts'
import { type Cosigner, ed25519Cosigner, mlDsa44Cosigner } from '../../../../src/ledger/tlog/cosignature.ts'
import { leafHash } from '../../../../src/ledger/tlog/merkle.ts'
import { mlDsa44KeyPair } from '../../../../src/ledger/tlog/ml-dsa-44.ts'
import { ed25519Signer, NoteError, parseSignatures, verifierKey } from '../../../../src/ledger/tlog/note.ts'
import { formatPolicy, isQuorum, openByPolicy, PolicyError, parsePolicy } from '../../../../src/ledger/tlog/policy.ts'
import { addSignatures } from '../../../../src/ledger/tlog/witness.ts'

const origin = 'example.com/log'
const pair = (n: number) => keyPairFromSeed(new Uint8Array(32).fill(n))
const logPair = pair(100)
const logKey = verifierKey(origin, logPair.publicKey)
const otherKey = verifierKey('other.example/log', pair(101).publicKey)
const cosigner = (n: number): Cosigner => ed25519Cosigner(`Wit${n}`, pair(n).privateKey, pair(n).publicKey)
const [w1 = '', w2 = '', w3 = '', w4 = '', w5 = '', w6 = ''] = [1, 2, 3, 4, 5, 6].map((n) => cosigner(n).verifierKey)

describe('parsing', () => {
  test('the example of the specification', () => {
    const policy = parsePolicy(`log ${logKey}

witness X1 ${w1}
witness X2 ${w2}
witness X3 ${w3}
group X-witnesses 2 X1 X2 X3

witness Y1 ${w4}
witness Y2 ${w5}
witness Y3 ${w6}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`)
    expect(policy.logs).toMatchObject([{ vkey: logKey, url: null }])
    expect(policy.witnesses.map(({ name, vkey }) => [name, vkey])).toEqual([
      ['X1', w1],
      ['X2', w2],
      ['X3', w3],
      ['Y1', w4],
      ['Y2', w5],
      ['Y3', w6],
    ])
    expect(policy.groups).toEqual([
      { name: 'X-witnesses', threshold: 2, members: ['X1', 'X2', 'X3'] },
      { name: 'Y-witnesses', threshold: 1, members: ['Y1', 'Y2', 'Y3'] },
      { name: 'X-and-Y', threshold: 2, members: ['X-witnesses', 'Y-witnesses'] },
    ])
    expect(policy.quorum).toBe('X-and-Y')
    const met = (...names: string[]): boolean => isQuorum(policy, new Set(names))
    expect([met('X1', 'X3', 'Y2'), met('X1', 'X2', 'X3'), met('X1', 'Y1', 'Y2', 'Y3'), met()]).toEqual([true, false, false, false])
  })
  test.each<[string, string, object]>([
    ['minimal', 'quorum none\n', { logs: [], witnesses: [], groups: [], quorum: 'none' }],
    [
      'white space and comments',
      `\n# comment\n\t # another comment\n\twitness \t w1  ${w1}   https://w1.example.com/  \n\n  quorum\tw1`,
      { witnesses: [{ name: 'w1', url: 'https://w1.example.com/' }], quorum: 'w1' },
    ],
    [
      'URLs are optional',
      `log ${logKey} https://log.example.com/\nwitness w1 ${w1}\nquorum w1\n`,
      { logs: [{ url: 'https://log.example.com/' }], witnesses: [{ url: null }] },
    ],
    [
      'keywords other than none are names',
      `witness all ${w1}\nwitness any ${w2}\ngroup group 2 all any\nquorum group\n`,
      { groups: [{ name: 'group', threshold: 2, members: ['all', 'any'] }], quorum: 'group' },
    ],
  ])('%s', (_, file, expected) => {
    expect(parsePolicy(file)).toMatchObject(expected)
  })
  test('names are octets: a Kelvin sign is not a K, and bytes that are no UTF-8 are a name', () => {
    const file = Buffer.concat([
      Buffer.from(`witness K ${w1}\nwitness \u212a ${w2}\nwitness K`),
      Uint8Array.of(0x80),
      Buffer.from(` ${w3}\ngroup g all K \u212a\nquorum K`),
      Uint8Array.of(0x80, 0x0a),
    ])
    const policy = parsePolicy(file)
    expect(new Set(policy.witnesses.map(({ name }) => name)).size).toBe(3)
    expect(policy.quorum).toBe('K\u0080')
    expect(parsePolicy(formatPolicy(policy))).toMatchObject({ quorum: policy.quorum, groups: policy.groups })
  })
  test('a key name outside ASCII survives', () => {
    const key = ed25519Cosigner('témoin.example', pair(9).privateKey, pair(9).publicKey).verifierKey
    const policy = parsePolicy(`witness t ${key}\nquorum t\n`)
    expect([policy.witnesses[0]?.vkey, policy.witnesses[0]?.verifier.name]).toEqual([key, 'témoin.example'])
    expect(Buffer.from(formatPolicy(policy)).toString()).toBe(`witness t ${key}\nquorum t\n`)
  })
  test('what is written is what was read', () => {
    const file = `log ${logKey} https://log.example.com/\nwitness w1 ${w1} https://w1.example.com/\nwitness w2 ${w2}\ngroup g1 any w1 w2\nquorum g1\n`
    expect(Buffer.from(formatPolicy(parsePolicy(`# A policy.\n${file}`))).toString()).toBe(file.replace(' any ', ' 1 '))
  })
  test('a log may have two keys of its origin', () => {
    const ml = mlDsa44KeyPair(new Uint8Array(32))
    const own = mlDsa44Cosigner(origin, ml.privateKey, ml.publicKey).verifierKey
    expect(parsePolicy(`log ${logKey}\nlog ${own}\nquorum none\n`).logs).toHaveLength(2)
  })
})

describe('refusing', () => {
  const duplicate = ed25519Cosigner('impostor.example', pair(1).privateKey, pair(1).publicKey).verifierKey
  const plain = verifierKey('Wit1', pair(1).publicKey)
  test.each([
    ['a control character', 'quorum none\n\x01', 2],
    ['a carriage return', 'quorum none\r\n', 1],
    ['a delete', 'quorum none\n#\x7f\n', 2],
    ['an unknown keyword', 'quibble w1\nquorum none\n', 1],
    ['a comment after a definition', `witness w1 ${w1} https://w1.example.com/ # comment\nquorum w1\n`, 1],
    ['a log without a key', 'log\nquorum none\n', 1],
    ['a log with a key that is none', 'log garbage\nquorum none\n', 1],
    ['a log with the key of a cosigner', `log ${w1}\nquorum none\n`, 1],
    ['one log twice', `log ${logKey}\nlog ${logKey} https://log.example.com/\nquorum none\n`, 2],
    ['a witness without a key', 'witness w1\nquorum none\n', 1],
    ['a witness with a plain key', `witness w1 ${plain}\nquorum w1\n`, 1],
    ['a witness with another’s key id', `witness w1 ${w1.replace(/\+[0-9a-f]{8}\+/, '+00000000+')}\nquorum w1\n`, 1],
    ['a witness called none', `witness none ${w1}\nquorum none\n`, 1],
    ['a name twice', `witness w1 ${w1}\nwitness w1 ${w2}\nquorum w1\n`, 2],
    ['one public key under two names', `witness w1 ${w1}\nwitness w2 ${duplicate}\nquorum w1\n`, 2],
    ['a group with the name of a witness', `witness w1 ${w1}\nwitness w2 ${w2}\ngroup w1 any w2\nquorum w1\n`, 3],
    ['a group without members', `witness w1 ${w1}\ngroup g1 1\nquorum w1\n`, 2],
    ['a group called none', `witness w1 ${w1}\ngroup none any w1\nquorum none\n`, 2],
    ['a threshold of 0', `witness w1 ${w1}\ngroup g1 0 w1\nquorum g1\n`, 2],
    ['a threshold below 0', `witness w1 ${w1}\ngroup g1 -1 w1\nquorum g1\n`, 2],
    ['a threshold in hexadecimal', `witness w1 ${w1}\ngroup g1 0x1 w1\nquorum g1\n`, 2],
    ['a threshold above the members', `witness w1 ${w1}\ngroup g1 2 w1\nquorum g1\n`, 2],
    ['an unknown member', `witness w1 ${w1}\ngroup g1 any w2\nquorum g1\n`, 2],
    ['a member defined later', `group g1 any w1\nwitness w1 ${w1}\nquorum g1\n`, 1],
    ['a group in itself', `witness w1 ${w1}\ngroup g1 any w1 g1\nquorum g1\n`, 2],
    ['none as a member', `witness w1 ${w1}\ngroup g1 any none w1\nquorum g1\n`, 2],
    ['a member twice in a group', `witness w1 ${w1}\ngroup g1 all w1 w1\nquorum g1\n`, 2],
    ['a member of two groups', `witness w1 ${w1}\nwitness w2 ${w2}\ngroup g1 any w1 w2\ngroup g2 any w1\nquorum g1\n`, 4],
    ['no quorum', `witness w1 ${w1}\n`, 0],
    ['two quorums', `witness w1 ${w1}\nquorum w1\nquorum w1\n`, 3],
    ['a quorum of nobody', 'quorum unknown\n', 1],
    ['a quorum defined later', `quorum w1\nwitness w1 ${w1}\n`, 1],
    ['a quorum without a name', 'quorum\n', 1],
    ['a quorum of two names', `witness w1 ${w1}\nquorum w1 w1\n`, 2],
    ['too many lines', `${'\n'.repeat(2_000)}quorum none\n`, 0],
  ])('%s', (_, file, line) => {
    try {
      parsePolicy(file)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(PolicyError)
      expect((error as PolicyError).line).toBe(line)
    }
  })
  test('whatever a stranger sends is refused or a policy, never another error', () => {
    const word = fc.constantFrom('log', 'witness', 'group', 'quorum', 'none', 'all', 'any', '1', 'w1', 'w2', '#', '\n', '\t', logKey, w1, w2)
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string())), (words) => {
        try {
          parsePolicy(words.join(' '))
        } catch (error) {
          expect(error).toBeInstanceOf(PolicyError)
        }
      }),
    )
  })
})

describe('a checkpoint under a policy', () => {
  const signed = signCheckpoint({ origin, size: 42, root: leafHash(Buffer.from('x')) }, [
    ed25519Signer(origin, logPair.privateKey, logPair.publicKey),
  ])
  const text = signed.slice(0, signed.indexOf('\n\n') + 1)
  const by = (...cosigners: Cosigner[]): string =>
    addSignatures(
      signed,
      cosigners.map((one) => one.cosign(text, 1_790_000_000)),
    )
  const nested = `log ${otherKey}\nlog ${logKey}\nwitness w1 ${w1}\nwitness w2 ${w2}\nwitness w3 ${w3}\ngroup inner any w2 w3\ngroup outer all w1 inner\nquorum outer\n`

  test.each<[string, Cosigner[], string[], boolean]>([
    ['all witnesses', [cosigner(1), cosigner(2), cosigner(3)], ['w1', 'w2', 'w3'], true],
    ['as few as it takes', [cosigner(1), cosigner(3)], ['w1', 'w3'], true],
    ['the outer member alone', [cosigner(1)], ['w1'], false],
    ['the inner group alone', [cosigner(2), cosigner(3)], ['w2', 'w3'], false],
    ['strangers besides', [cosigner(1), cosigner(2), cosigner(7)], ['w1', 'w2'], true],
    ['nobody', [], [], false],
  ])('cosigned by %s', (_, cosigners, names, witnessed) => {
    const judged = openByPolicy(by(...cosigners), parsePolicy(nested))
    expect([judged.by.map(({ name }) => name), judged.witnessed, judged.checkpoint.size]).toEqual([names, witnessed, 42])
  })
  test('an ML-DSA-44 witness counts like any other', () => {
    const ml = mlDsa44KeyPair(new Uint8Array(32))
    const witness = mlDsa44Cosigner('mldsa.example', ml.privateKey, ml.publicKey)
    const policy = parsePolicy(`log ${logKey}\nwitness w ${witness.verifierKey}\nquorum w\n`)
    expect([openByPolicy(by(witness), policy).witnessed, openByPolicy(signed, policy).witnessed]).toEqual([true, false])
  })
  test('with quorum none needs nobody', () => {
    expect(openByPolicy(signed, parsePolicy(`log ${logKey}\nquorum none\n`)).witnessed).toBe(true)
  })
  test('that no log of the policy signed is not opened, whoever cosigned it', () => {
    const open = (policy: string, note: string) => () => openByPolicy(note, parsePolicy(policy))
    expect(open(`witness w1 ${w1}\nquorum w1\n`, by(cosigner(1)))).toThrow(NoteError)
    expect(open(`log ${otherKey}\nwitness w1 ${w1}\nquorum w1\n`, by(cosigner(1)))).toThrow(NoteError)
    const foreign = signCheckpoint({ origin, size: 42, root: leafHash(Buffer.from('x')) }, [
      ed25519Signer('other.example/log', pair(101).privateKey, pair(101).publicKey),
    ])
    expect(open(`log ${otherKey}\nquorum none\n`, foreign)).toThrow(NoteError)
  })
  test('with a false cosignature by a known witness is refused as a whole', () => {
    const [line] = parseSignatures(by(cosigner(1)).split('\n\n')[1]!.split('\n').slice(1).join('\n'))
    const forged = addSignatures(signed, [{ ...line!, signature: Uint8Array.from(line!.signature, (byte, i) => (i === 20 ? byte ^ 1 : byte)) }])
    expect(() => openByPolicy(forged, parsePolicy(nested))).toThrow(NoteError)
  })
})
