/** Which events are of the vault: what people said to assistants and what was learnt from it, for which `read` and `write` are not enough. Pure. */
import type { EventType } from '../../events/catalogue.ts'
import type { ConversationEvents } from '../../events/conversations.ts'
import type { MemoryEvents } from '../../events/memories.ts'

/** Every kind of event of the vault, so that a new one without a place here does not compile. */
type VaultType = keyof ConversationEvents | keyof MemoryEvents
type GroupOf<T extends string> = T extends `${infer Group}:${string}` ? Group : never

const GROUPS: Readonly<Record<GroupOf<VaultType>, true>> = {
  conversation: true,
  message: true,
  asset: true,
  import: true,
  shelf: true,
  acu: true,
  memory: true,
  extraction: true,
  model: true,
  context: true,
  recipe: true,
}

/** @param type  of an event, as the log has it; key operations have none of ours */
export const isOfVault = (type: EventType | (string & {})): boolean => Object.hasOwn(GROUPS, type.split(':', 1)[0] ?? '')
