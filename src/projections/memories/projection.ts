/** The projection of memories: what was learnt, on what evidence, and who read it. Kept sealed. */
import { foldOf, type LookUpTies, type Statements, sourceOf } from '../fold.ts'
import type { Projection } from '../projection.ts'
import type { RowCipher } from '../row-cipher.ts'
import { acuStatements } from './acus.ts'
import { memoryDdl, memoryIndexes, memoryTables } from './ddl.ts'
import { memoryStatements } from './memories.ts'
import { vaultStatements } from './vault.ts'

/** Payloads say all that events here are tied to. */
const noHiddenTies: LookUpTies = async () => () => ({})

export function memoriesProjection(cipher: RowCipher): Projection {
  const statements: Statements = { ...acuStatements(cipher), ...memoryStatements(cipher), ...vaultStatements(cipher) }
  const { fold, prepare } = foldOf(statements, noHiddenTies)
  return {
    name: 'memories',
    version: 1,
    tables: memoryTables,
    ddl: memoryDdl,
    indexes: memoryIndexes,
    source: sourceOf(statements),
    project: fold,
    prepare,
  }
}
