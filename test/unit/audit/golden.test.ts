import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { auditExport } from '../../../src/ledger/audit/audit-export.ts'
import { type ExportRecord, encodeRecord, READABLE_MAGICS } from '../../../src/ledger/audit/export-format.ts'
import { RecordReader } from '../../../src/ledger/audit/record-reader.ts'

const fixture = (name: string): Promise<Buffer> => readFile(new URL(`../../../fixtures/export/${name}`, import.meta.url))

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

test('an export written long ago is found flawless, under the key it had', async () => {
  const verifierKey = (await fixture('small.vkey')).toString().trim()
  const report = await auditExport(once(await fixture('small.vivim')), { source: 'small.vivim', verifierKey })
  expect(report).toMatchObject({ ok: true, size: 24, checkpoint: 24, root: 'beeeefdbf27491565c057765dfa490ecca01c33cfaada74600523091e2d796ad' })
  expect(report.counts).toMatchObject({ public: 12, private: 12, keys: 2, chains: 4, blinded: 0, partsWithheld: 0 })
})

test('its records are written back byte for byte', async () => {
  const bytes = await fixture('small.vivim')
  const records = [...new RecordReader().push(bytes)]
  expect(records.filter(({ is }) => is === 'malformed')).toEqual([])
  expect(Buffer.concat([...READABLE_MAGICS.slice(1), ...(records as ExportRecord[]).map(encodeRecord)]).equals(bytes)).toBe(true)
})
