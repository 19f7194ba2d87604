/** CustomEmoji. Pure. @see https://docs.joinmastodon.org/entities/CustomEmoji/ */
import type { CustomEmoji } from '../../../events/catalogue.ts'

export const emojiEntity = (emoji: CustomEmoji) => ({
  shortcode: emoji.shortcode,
  url: emoji.url,
  static_url: emoji.staticUrl,
  visible_in_picker: true,
  category: null,
})
