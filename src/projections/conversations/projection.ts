/** The projection of conversations: what was said, kept sealed, and how its owner keeps it. */
import { foldOf, type Statement, type Statements, silent, sourceOf } from '../fold.ts'
import type { Projection } from '../projection.ts'
import type { RowCipher } from '../row-cipher.ts'
import { conversationStatements } from './conversations.ts'
import { conversationDdl, conversationIndexes, conversationTables } from './ddl.ts'
import { importStatements } from './imports.ts'
import { messageStatements } from './messages.ts'
import { shelfStatements } from './shelves.ts'

/** Whoever leaves takes everything along. */
const leave: Statement<'identity:delete'> = {
  columns: 'id int8',
  text: `, ${conversationTables.map((table) => `no_${table} as (delete from ${table} t using e where t.account_id = e.id)`).join(', ')} ${silent}`,
}

const statementsOf = (cipher: RowCipher): Statements => ({
  ...conversationStatements(cipher),
  ...messageStatements(cipher),
  ...importStatements(cipher),
  ...shelfStatements(cipher),
  'identity:delete': leave,
})

/** What an event is tied to, it says itself. */
const noHiddenTies = async () => () => ({})

export function conversationsProjection(cipher: RowCipher): Projection {
  const statements = statementsOf(cipher)
  const { fold, prepare } = foldOf(statements, noHiddenTies)
  return {
    name: 'conversations',
    version: 4,
    tables: conversationTables,
    ddl: conversationDdl,
    indexes: conversationIndexes,
    source: sourceOf(statements),
    project: fold,
    prepare,
  }
}
