/** The projection of conversations: what was said, kept sealed, and how its owner keeps it. */
import { foldOf, type Statements, sourceOf } from '../fold.ts'
import type { Projection } from '../projection.ts'
import type { RowCipher } from '../row-cipher.ts'

const statementsOf = (_cipher: RowCipher): Statements => ({})

export function conversationsProjection(cipher: RowCipher): Projection {
  const statements = statementsOf(cipher)
  const { fold, prepare } = foldOf(statements)
  return { name: 'conversations', version: 1, tables: [], ddl: '', source: sourceOf(statements), project: fold, prepare }
}
