/** Z.ai's export and share links: trees as Open WebUI's, which it grew from. What tells them apart are its models and its `content_blocks`. */
import type { Json } from '../../events/conversations.ts'
import { field, isObject, listOf, objectOf, textOf } from '../json/fields.ts'
import type { Peek } from '../json/peek.ts'
import type { Place } from './drafts.ts'
import type { Importer } from './importer.ts'
import { isTree, nodesOf, readTree } from './open-webui-tree.ts'
import { eachRecord, recognise } from './records.ts'

export const zai: Importer = {
  name: 'zai',
  version: 1,
  provider: 'zai',
  detect: (archive) => recognise(archive, ['.json'], likeness),
  read: (archive, { members }) => eachRecord(archive, members, 'list', (record, place) => readTree(record, place, { provider: 'zai' })),
}

function likeness({ form, values: [first] }: Peek): number {
  if ((form !== 'list' && form !== 'object') || !isTree(first)) return 0
  if (nodesOf(first).some((node) => field(node, 'content_blocks') !== undefined)) return 0.95
  const models = [...listOf(objectOf(first, 'chat') ?? undefined, 'models'), ...nodesOf(first).map((node) => textOf(node, 'model'))].filter(
    (model) => typeof model === 'string',
  )
  const own = models.length > 0 && models.every((model) => /^(glm|0727-|main_chat|zero|z1|deep-research$)/i.test(model))
  return own && field(first, 'folder_id') === undefined && field(first, 'meta') === undefined ? 0.85 : 0
}

/** What `GET /api/v1/chats/share/<id>` answers, and what a saved page holds of it. */
export const readZaiShare = (answer: Json, place: Place, id: string) =>
  readTree(isObject(answer) && objectOf(answer, 'data') !== null ? (objectOf(answer, 'data') ?? null) : answer, place, {
    provider: 'zai',
    product: 'share',
    nativeId: `share:${id}`,
  })
