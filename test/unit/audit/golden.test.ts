import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { auditExport } from '../../../src/ledger/audit/audit-export.ts'
import { type ExportRecord, encodeRecord, READABLE_MAGICS } from '../../../src/ledger/audit/export-format.ts'
import { RecordReader } from '../../../src/ledger/audit/record-reader.ts'
import { parsePolicy } from '../../../src/ledger/tlog/policy.ts'

const fixture = (name: string): Promise<Buffer> => readFile(new URL(`../../../fixtures/export/${name}`, import.meta.url))

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

test('an export of version 1 is found flawless, under the key it had', async () => {
  const verifierKey = (await fixture('small.vkey')).toString().trim()
  const report = await auditExport(once(await fixture('small.vivim')), { source: 'small.vivim', verifierKey })
  expect(report).toMatchObject({ ok: true, size: 24, checkpoint: 24, root: 'beeeefdbf27491565c057765dfa490ecca01c33cfaada74600523091e2d796ad' })
  expect(report.counts).toMatchObject({ public: 12, private: 12, keys: 2, chains: 4, blinded: 0, partsWithheld: 0 })
})

test('one of version 2, with everything in it, is found flawless, under the key and the policy it had', async () => {
  const verifierKey = (await fixture('everything.vkey')).toString().trim()
  const policy = parsePolicy(await fixture('everything.policy'))
  const report = await auditExport(once(await fixture('everything.vivim')), { source: 'everything.vivim', verifierKey, policy })
  expect(report.alarms).toEqual([])
  expect(report).toMatchObject({ origin: 'social.example/log/2', size: 12, checkpoint: 12, witnessed: { size: 12, by: ['ada', 'bob'] } })
  expect(report.root).toBe('90834bef1c8a65a2cb32b3e65896af72a1149f3aa1ac5eb959cd31c9aad633f8')
  expect(report.counts).toMatchObject({ hybrid: 1, keys: 4, keyChanges: 5, disownedKeys: 1, partsErased: 2, breaks: 1, cosignatures: 3 })
})

test.each(['small.vivim', 'everything.vivim'])('the records of %s are written back byte for byte', async (name) => {
  const bytes = await fixture(name)
  const records = [...new RecordReader().push(bytes)]
  expect(records.filter(({ is }) => is === 'malformed')).toEqual([])
  const magic = READABLE_MAGICS.filter((known) => bytes.subarray(0, known.length).equals(known))
  expect(Buffer.concat([...magic, ...(records as ExportRecord[]).map(encodeRecord)]).equals(bytes)).toBe(true)
})
