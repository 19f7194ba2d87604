/** Tag. Pure. @see https://docs.joinmastodon.org/entities/Tag/ */
import type { TagDay } from '../../../projections/read/tags.ts'
import { tagUrl } from '../text/compose.ts'

/** `history`: newest day first; `day` is the UNIX time of its midnight. Tags have no numbers here: the name is the id. */
export const tagEntity = (name: string, history: readonly TagDay[], origin: string) => ({
  id: name,
  name,
  url: tagUrl(origin, name),
  history,
  following: false,
  featuring: false,
})
