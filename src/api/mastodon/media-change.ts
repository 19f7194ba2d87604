/** Other words or another focus for an uploaded picture, by itself or as part of an edited post. Pure. */
import type { MediaAttachment } from '../../events/catalogue.ts'
import { invalid, type Params, text } from '../forms.ts'
import { type Focus, focusOf } from '../media/focus.ts'
import { ids } from './input.ts'
import { LONGEST_DESCRIPTION } from './limits.ts'
import { cleanText } from './text/compose.ts'
import { characters } from './text/length.ts'

/** What is not given stays. */
export type MediaChange = { readonly id: string; readonly description?: string | null; readonly focus?: Focus }

/** The attachments with the changes that name them. */
export const withChanges = (media: readonly MediaAttachment[], changes: readonly MediaChange[]): MediaAttachment[] =>
  media.map((attachment) => {
    const change = changes.find(({ id }) => id === attachment.id)
    return change === undefined ? attachment : changedMedia(attachment, change)
  })

/** The attachment with another description or focus; itself when nothing differs. */
export function changedMedia(attachment: MediaAttachment, { description, focus }: Omit<MediaChange, 'id'>): MediaAttachment {
  const words = description === undefined ? attachment.description : description
  const point = focus ?? attachment.meta.focus
  const same = words === attachment.description && point?.x === attachment.meta.focus?.x && point?.y === attachment.meta.focus?.y
  return same ? attachment : { ...attachment, description: words, meta: { ...attachment.meta, ...(point && { focus: point }) } }
}

/** Description as stored: clean, null when empty. Undefined when absent. @throws {ApiError} 422 when too long */
export function descriptionOf(params: Params): string | null | undefined {
  const words = cleanDescription(params)
  if (words === undefined || words === '') return words === '' ? null : undefined
  if (characters(words) > LONGEST_DESCRIPTION) throw invalid('description', `is too long (maximum is ${LONGEST_DESCRIPTION} characters)`)
  return words
}

export function mediaChange(params: Params): MediaChange {
  const [id] = ids(params, 'id', 1)
  if (id === undefined) throw invalid('media_attributes', 'must name an id')
  const description = descriptionOf(params)
  const focus = focusOf(params)
  return { id, ...(description !== undefined && { description }), ...(focus !== undefined && { focus }) }
}

/** Cut before it is counted, so that no length of text costs anything. */
function cleanDescription(params: Params): string | undefined {
  const value = text(params, 'description')
  return value === undefined ? undefined : cleanText(value.slice(0, 8 * LONGEST_DESCRIPTION))
}
