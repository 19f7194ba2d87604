/** Qwen's export: `{success, data: […]}`, or the list alone, of trees as Open WebUI's with `content_list` in the answers; and its share links. */
import type { Json } from '../../events/conversations.ts'
import { field, flagOf, isObject, objectOf } from '../json/fields.ts'
import type { Peek } from '../json/peek.ts'
import { type Place } from './drafts.ts'
import type { Importer } from './importer.ts'
import { dataOf, isTree, nodesOf, readTree } from './open-webui-tree.ts'
import { eachRecord, foreign, recognise } from './records.ts'

export const qwen: Importer = {
  name: 'qwen',
  version: 1,
  provider: 'qwen',
  detect: async (archive) => {
    const [wrapped, bare] = [await recognise(archive, ['.json'], inData), await recognise(archive, ['.json'], alone)]
    return wrapped === null ? bare : { ...wrapped, variant: 'data' }
  },
  read: (archive, { members, variant }) =>
    eachRecord(archive, members, variant === 'data' ? { under: 'data' } : 'list', (record, place) =>
      variant === 'data' && !place.pointer?.startsWith('/data') ? [] : readTree(record, place, { provider: 'qwen' }),
    ),
}

const inData = ({ form, values: [first] }: Peek): number => {
  const [record] = form === 'object' && first !== undefined ? dataOf(first) : []
  return isTree(record) ? Math.max(0.85, isQwen(record)) : 0
}
const alone = ({ form, values: [first] }: Peek): number => ((form === 'list' || form === 'object') && isTree(first) ? isQwen(first) : 0)

/** Marks that only Qwen's messages have. */
const isQwen = (record: Json): number =>
  isObject(record) &&
  nodesOf(record).some((node) => ['content_list', 'chat_type', 'sub_chat_type', 'feature_config'].some((name) => field(node, name) !== undefined))
    ? 0.95
    : 0

/** What `GET /api/v2/chats/share/<id>` answers; a share that is not there is answered like one that is. */
export function readQwenShare(answer: Json, place: Place, id: string) {
  const data = objectOf(answer, 'data')
  if (!flagOf(answer, 'success') || data === null) return foreign(place, 'Qwen says that there is no such conversation')
  return readTree(data, place, { provider: 'qwen', product: 'share', nativeId: `share:${id}` })
}
