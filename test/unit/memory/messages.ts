/** Messages as the pipeline sees them. */
import type { MessageRow } from '../../../src/projections/read/messages.ts'

export const message = (
  text: string,
  { said = '2024-03-15T10:00:00.000Z', id = '10' }: { readonly said?: string | null; readonly id?: string } = {},
): MessageRow => ({
  id,
  conversationId: '1',
  accountId: '1',
  parentId: null,
  role: 'user',
  author: null,
  recipient: null,
  channel: null,
  model: null,
  status: 'complete',
  hidden: false,
  injected: false,
  createdAt: { value: said, original: null, confidence: said === null ? 'unknown' : 'exact' },
  blocks: [{ t: 'text', format: 'plain', text }],
  source: null,
  extra: null,
  position: 7,
  index: 0,
  ordinal: 7000,
})
