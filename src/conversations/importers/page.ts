/**
 * Saved pages of conversations: read as a captured page is, see capture/page.ts. A last resort, because a page in an export that somebody knows is
 * something that was attached there.
 */
import { LONGEST_PAGE, readGiven } from '../capture/page.ts'
import { type Found, skipped } from '../found.ts'
import { peekAll } from '../json/peek.ts'
import type { Archive, Importer } from './importer.ts'

export const page: Importer = {
  name: 'page',
  version: 1,
  provider: 'other',
  async detect(archive) {
    const members = (await peekAll(archive, '.html', '.htm')).filter(([, { form }]) => form === 'html').map(([path]) => path)
    return members.length === 0 ? null : { score: 0.19, members }
  },
  async *read(archive, { members }) {
    for (const member of members) yield* readMember(archive, member)
  },
}

const utf8 = new TextDecoder('utf-8')

async function* readMember(archive: Archive, member: string): AsyncGenerator<Found> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of archive.open(member)) {
    length += part.length
    if (length > LONGEST_PAGE) break
    parts.push(part)
  }
  if (length > LONGEST_PAGE) yield skipped(member, 'too-large', `over the limit of ${LONGEST_PAGE} bytes`)
  else for (const found of readGiven(utf8.decode(Buffer.concat(parts)), { link: null, provider: null }).founds) yield placed(found, member)
}

function placed(found: Found, member: string): Found {
  if (found.kind === 'conversation') return { ...found, conversation: { ...found.conversation, member } }
  return found.kind === 'skipped' ? { ...found, item: member } : found
}
