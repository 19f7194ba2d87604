import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { loadPolicy, PolicyFileError } from '../../../../src/federation/witness/policy-file.ts'

test('a policy that is not there is none; one that cannot be used is a sentence for the operator', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'vivim-policy-'))
  const file = path.join(dir, 'policy')
  expect(await loadPolicy(file)).toBeNull()
  await writeFile(file, 'quorum none\n')
  expect(await loadPolicy(file)).toMatchObject({ quorum: 'none', witnesses: [] })
  await writeFile(file, 'quorum none\nwitness x\n')
  await expect(loadPolicy(file)).rejects.toThrow(PolicyFileError)
  await expect(loadPolicy(file)).rejects.toThrow(/trust policy .* cannot be used: line 2/)
  await rm(dir, { recursive: true })
})
