/** Marker: how far somebody has read. Pure. @see https://docs.joinmastodon.org/entities/Marker/ */
import type { MarkerRow } from '../../../projections/rows.ts'

export const markersEntity = (rows: readonly MarkerRow[]) => Object.fromEntries(rows.map((row) => [row.timeline, markerEntity(row)]))

const markerEntity = (row: MarkerRow) => ({ last_read_id: row.last_read_id, version: row.version, updated_at: row.updated_at.toISOString() })
