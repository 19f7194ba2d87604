/** Open WebUI's "Export chats": a list of conversations, each a tree; see open-webui-tree.ts. One conversation alone is a list of one. */
import { field, isObject } from '../json/fields.ts'
import type { Peek } from '../json/peek.ts'
import type { Importer } from './importer.ts'
import { isTree, readTree } from './open-webui-tree.ts'
import { eachRecord, recognise } from './records.ts'

export const openWebui: Importer = {
  name: 'open-webui',
  version: 1,
  provider: 'open-webui',
  detect: (archive) => recognise(archive, ['.json'], likeness),
  read: (archive, { members }) => eachRecord(archive, members, 'list', (record, place) => readTree(record, place, { provider: 'open-webui' })),
}

/** Its relatives have marks of their own, and are surer of themselves then. */
function likeness({ form, values: [first] }: Peek): number {
  if (form !== 'list' && form !== 'object') return 0
  if (isTree(first)) return 0.8
  return isObject(field(first, 'chat')) && field(first, 'folder_id') !== undefined ? 0.6 : 0
}
