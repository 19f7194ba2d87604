/** What follows from a batch of messages: their units, and what is learnt from them. Reads what is known, writes nothing; in the order of the log. */
import type { MemoryCommand } from '../handlers/commands.ts'
import { conversationsByIds } from '../projections/read/conversations.ts'
import { type MessageRow, messagesOf } from '../projections/read/messages.ts'
import type { Db } from '../projections/read/query.ts'
import type { RowCipher } from '../projections/row-cipher.ts'
import { derive, type Found } from './derive.ts'
import { knownFor } from './hold.ts'
import { claimsOf, isMachines, type RuleClaim } from './rules/rules.ts'
import { confidenceOf, WORTH_KEEPING } from './score.ts'
import { SEGMENTS, segment } from './segment.ts'

/** Commands about one account, in the order in which they must be recorded. */
export type Lesson = { readonly accountId: string; readonly commands: readonly MemoryCommand[] }

type Memorable = { readonly message: MessageRow; readonly at: string }

/** @param timeOf  ISO 8601, when a message was recorded: the same whenever it is asked */
export async function learn(db: Db, cipher: RowCipher, messages: readonly MessageRow[], timeOf: (message: MessageRow) => string): Promise<Lesson[]> {
  const lessons: Lesson[] = []
  for (const [accountId, own] of Map.groupBy(messages, (message) => message.accountId)) {
    const ids = [...new Set(own.map(({ conversationId }) => conversationId))]
    const conversations = await conversationsByIds(db, cipher, accountId, ids)
    const open = own.filter(({ conversationId }) => {
      const conversation = conversations.get(conversationId)
      return conversation !== undefined && !conversation.doNotRemember && !conversation.temporary
    })
    const memorable = open.map((message) => ({ message, at: timeOf(message) }))
    const learnt = await learnFrom(db, cipher, accountId, memorable)
    lessons.push({ accountId, commands: [...segmented(accountId, memorable), ...learnt] })
  }
  return lessons
}

/** Characters of a message's own text. */
const sizeOf = ({ blocks }: MessageRow): number => blocks.reduce((sum, block) => sum + (block.t === 'text' ? block.text.length : 0), 0)

async function learnFrom(db: Db, cipher: RowCipher, accountId: string, memorable: readonly Memorable[]): Promise<MemoryCommand[]> {
  const found = memorable.flatMap(({ message, at }) =>
    claimsOf(message).flatMap((claim): Found[] => {
      const confidence = confidenceOf(claim, sizeOf(message))
      return confidence < WORTH_KEEPING ? [] : [{ ...claim, confidence, said: message.createdAt.value, at }]
    }),
  )
  if (found.length === 0) return []
  const own = await notMachines(db, cipher, found)
  const known = await knownFor(
    db,
    cipher,
    accountId,
    own.map(({ claim, evidence, key }) => ({ claim, quotes: [evidence.quote], key })),
  )
  return own.flatMap((one) => derive(one, known, { accountId, cipher }))
}

/** What a machine put into the conversation before is not learnt when it is repeated. */
async function notMachines<C extends RuleClaim>(db: Db, cipher: RowCipher, found: readonly C[]): Promise<C[]> {
  const own: C[] = []
  for (const [conversationId, claims] of Map.groupBy(found, ({ evidence }) => evidence.conversationId)) {
    const machines = (await messagesOf(db, cipher, conversationId)).filter(isMachines)
    const told = machines.map(({ position, blocks }) => ({
      position,
      text: blocks.map((block) => (block.t === 'text' ? block.text : '')).join('\n'),
    }))
    own.push(...claims.filter(({ evidence }) => !told.some(({ position, text }) => position <= evidence.position && text.includes(evidence.quote))))
  }
  return own.sort((a, b) => a.evidence.position - b.evidence.position || found.indexOf(a) - found.indexOf(b))
}

/** Units of one event, at most: about 1 MiB of it. */
const UNITS = 2_000

function segmented(accountId: string, memorable: readonly Memorable[]): MemoryCommand[] {
  const commands: MemoryCommand[] = []
  for (const [conversationId, own] of Map.groupBy(memorable, ({ message }) => message.conversationId)) {
    let acus: ReturnType<typeof segment> = []
    let at = ''
    const flush = () => {
      if (acus.length > 0) commands.push({ do: 'SegmentMessages', data: { accountId, conversationId, rules: SEGMENTS, acus, at } })
      acus = []
    }
    for (const one of own) {
      const units = segment(one.message)
      if (acus.length + units.length > UNITS) flush()
      acus = [...acus, ...units]
      at = one.at
    }
    flush()
  }
  return commands
}
