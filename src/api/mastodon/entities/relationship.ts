/** Relationship: what two people are to each other, from the viewer's side. Pure. @see https://docs.joinmastodon.org/entities/Relationship/ */
import type { RelationshipRow } from '../../../projections/rows.ts'

export const relationshipEntity = (row: RelationshipRow) => ({
  id: row.account_id,
  following: row.following,
  showing_reblogs: row.showing_reblogs,
  notifying: row.notifying,
  languages: row.languages,
  followed_by: row.followed_by,
  blocking: row.blocking,
  blocked_by: row.blocked_by,
  muting: row.muting,
  muting_notifications: row.muting_notifications,
  muting_expires_at: row.muting_expires_at?.toISOString() ?? null,
  requested: row.requested,
  requested_by: row.requested_by,
  domain_blocking: false,
  endorsed: false,
  note: '',
})
