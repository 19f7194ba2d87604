/** The social projection: accounts, posts, relations, timelines, notifications. */
import { foldOf, type Statements, sourceOf } from '../fold.ts'
import type { Projection } from '../projection.ts'
import { accountStatements } from './accounts.ts'
import { socialDdl, socialIndexes, socialTables } from './ddl.ts'
import { reactionStatements } from './reactions.ts'
import { readerStatements } from './reader.ts'
import { relationStatements } from './relations.ts'
import { statusStatements } from './statuses.ts'
import { lookUpTies } from './ties.ts'

const statements: Statements = { ...accountStatements, ...statusStatements, ...reactionStatements, ...relationStatements, ...readerStatements }

const { fold, prepare } = foldOf(statements, lookUpTies)

export const social: Projection = {
  name: 'social',
  version: 8,
  tables: socialTables,
  ddl: socialDdl,
  indexes: socialIndexes,
  source: sourceOf(statements),
  project: fold,
  prepare,
}
