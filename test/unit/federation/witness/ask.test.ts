/** What a log makes of a witness's answers, whatever they are. */
import { describe, expect, test } from 'vitest'
import { askForNewest, askToCosign, type ReachableWitness } from '../../../../src/federation/witness/ask.ts'
import { judgeDoubt } from '../../../../src/federation/witness/guard.ts'
import { FetchFault, type FetchRequest } from '../../../../src/host/fetch.ts'
import { generateKeyPair } from '../../../../src/ledger/ed25519.ts'
import { signCheckpoint } from '../../../../src/ledger/tlog/checkpoint.ts'
import { ed25519Cosigner, parseCosignerKey } from '../../../../src/ledger/tlog/cosignature.ts'
import { leafHash, rootOf } from '../../../../src/ledger/tlog/merkle.ts'
import { ed25519Signer, parseNote, parseVerifierKey, signatureLine, verifierKey } from '../../../../src/ledger/tlog/note.ts'

const ORIGIN = 'log.example/log/1'
const keys = generateKeyPair()
const log = ed25519Signer(ORIGIN, keys.privateKey, keys.publicKey)
const witnessKeys = generateKeyPair()
const cosigner = ed25519Cosigner('w.example/witness/1', witnessKeys.privateKey, witnessKeys.publicKey)
const vkey = cosigner.verifierKey
const witness: ReachableWitness = { name: 'w', vkey, verifier: parseCosignerKey(vkey), url: 'https://w.example/witness/' }
const leaves = Array.from({ length: 40 }, (_, i) => leafHash(Buffer.from(`${i}`)))
const root = (size: number) => rootOf(leaves.slice(0, size))
const note = (size: number) => signCheckpoint({ origin: ORIGIN, size, root: root(size) }, [log])
const checkpoint = { size: 20, note: note(20) }
const cosigned = signatureLine(cosigner.cosign(parseNote(checkpoint.note).text, 1_790_000_000))

type Answer = readonly [status: number, body: string] | FetchFault

/** A network in which the witness gives these answers, one after another. */
function network(...answers: readonly Answer[]) {
  const asked: { url: string; method: string; body: string }[] = []
  const request = async (url: string, { method = 'GET', body }: FetchRequest = {}) => {
    const answer = answers[asked.length]
    asked.push({ url, method, body: Buffer.from(body ?? []).toString() })
    if (answer === undefined) throw new Error('asked too often')
    if (answer instanceof FetchFault) throw answer
    return { status: answer[0], headers: {}, body: Buffer.from(answer[1]), url }
  }
  return { fetch: { request }, asked, consistencyProof: async (from: number, to: number) => [leafHash(Buffer.from(`${from} ${to}`))] }
}

const AWAY = new FetchFault('RETRY_LATER', 'no route')

describe('asked to cosign', () => {
  test('a witness that follows gives its signature', async () => {
    const net = network([200, cosigned])
    expect(await askToCosign(witness, checkpoint, 12, net)).toMatchObject({ is: 'cosigned', signatures: [{ name: 'w.example/witness/1' }] })
    expect(net.asked).toMatchObject([{ url: 'https://w.example/witness/add-checkpoint', method: 'POST', body: expect.stringMatching(/^old 12\n/) }])
  })

  test('a witness at another size is asked again from there', async () => {
    const net = network([409, '7\n'], [200, cosigned])
    expect(await askToCosign(witness, checkpoint, 12, net)).toMatchObject({ is: 'cosigned' })
    expect(net.asked.map(({ body }) => body.split('\n', 1)[0])).toEqual(['old 12', 'old 7'])
  })

  test('the empty tree needs no proof, and a size beyond ours is not believed by us', async () => {
    const net = network([409, '0\n'], [200, cosigned])
    await askToCosign(witness, checkpoint, 99, net)
    expect(net.asked.map(({ body }) => body.split('\n\n', 1)[0])).toEqual([expect.stringMatching(/^old 20\n\S+$/), 'old 0'])
  })

  test.each<[string, readonly Answer[], object]>([
    ['is ahead', [[409, '21\n']], { is: 'ahead', size: 21 }],
    ['contradicts', [[422, 'no']], { is: 'contradicted' }],
    ['does not know us', [[404, 'who?\nare you']], { is: 'failed', reason: 'it answered 404: "who?"' }],
    ['answers 409 without a size', [[409, 'x']], { is: 'failed' }],
    [
      'cannot make up its mind',
      [
        [409, '1\n'],
        [409, '2\n'],
        [409, '3\n'],
      ],
      { is: 'failed', reason: expect.stringMatching('mind') },
    ],
    [
      'signs with another key',
      [[200, cosigned.replace('w.example', 'x.example')]],
      { is: 'failed', reason: expect.stringMatching('no cosignature') },
    ],
    ['signs something else', [[200, signatureLine(cosigner.cosign(parseNote(note(19)).text, 1))]], { is: 'failed' }],
    ['talks nonsense', [[200, 'welcome']], { is: 'failed', reason: expect.stringMatching('no cosignature') }],
    ['is away', [AWAY], { is: 'failed', reason: 'it does not answer: no route' }],
  ])('a witness that %s', async (_name, answers, expected) => {
    expect(await askToCosign(witness, checkpoint, 12, network(...answers))).toMatchObject(expected)
  })
})

test('asked for its newest, a witness shows it, or that it has none', async () => {
  const net = network([200, note(9)], [404, ''], [500, ''])
  expect(await askForNewest(witness, ORIGIN, net)).toEqual({ by: 'the witness w', note: note(9) })
  expect(net.asked[0]?.url).toMatch(/^https:\/\/w\.example\/witness\/[0-9a-f]{64}\/checkpoint$/)
  expect(await askForNewest(witness, ORIGIN, net)).toBeNull()
  await expect(askForNewest(witness, ORIGIN, net)).rejects.toThrow(FetchFault)
})

describe('a witness that doubts a log of 20 entries', () => {
  const head = { size: 20, root: root(20) }
  const facts = { origin: ORIGIN, verifier: parseVerifierKey(verifierKey(ORIGIN, keys.publicKey)), head, rootAt: async (size: number) => root(size) }
  const fork = signCheckpoint({ origin: ORIGIN, size: 15, root: leafHash(Buffer.from('another history')) }, [log])

  test.each<[string, number | null, Answer, RegExp | null]>([
    ['shows a larger tree that we signed', 25, [200, note(25)], /5 commits from position 20 on are missing/],
    ['shows another tree that we signed', null, [200, fork], /have another root/],
    ['shows what we have', null, [200, note(15)], null],
    ['names a larger tree, and shows a smaller', 25, [200, note(15)], null],
    ['names a larger tree, and shows nothing', 25, [404, ''], /says that it has cosigned 25 entries/],
    ['names a larger tree, and is away', 25, AWAY, /says that it has cosigned 25 entries/],
    ['names a larger tree, and shows what we did not sign', 25, [200, note(25).replace('\n25\n', '\n26\n')], /shows no proof/],
    ['names none, and shows nothing', null, [404, ''], null],
    ['names a tree that we have by now', 20, [404, ''], null],
  ])('%s', async (_name, size, answer, reason) => {
    const verdict = await judgeDoubt(facts, witness, size, network(answer))
    if (reason === null) expect(verdict.reason).toBeNull()
    else expect(verdict.reason).toMatch(reason)
  })
})
