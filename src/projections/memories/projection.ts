/** The projection of memories: what was learnt, on what evidence, and who read it. Kept sealed. */
import { foldOf, type Statements, sourceOf } from '../fold.ts'
import type { Projection } from '../projection.ts'
import type { RowCipher } from '../row-cipher.ts'

const statementsOf = (_cipher: RowCipher): Statements => ({})

export function memoriesProjection(cipher: RowCipher): Projection {
  const statements = statementsOf(cipher)
  const { fold, prepare } = foldOf(statements)
  return { name: 'memories', version: 1, tables: [], ddl: '', source: sourceOf(statements), project: fold, prepare }
}
