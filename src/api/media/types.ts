/** What may be uploaded, decided by its bytes and never by what the client says; how it is named and how it is served. */
import { fileTypeFromBuffer } from 'file-type'

/** `picture`: decoded and written anew. `animation`: a GIF, kept as it is. `video`, `audio`: kept as they are. */
export type Kind = 'picture' | 'animation' | 'video' | 'audio'
export type MediaType = { readonly kind: Kind; readonly mime: string; readonly extension: string }

const TYPES: readonly MediaType[] = [
  { kind: 'picture', mime: 'image/jpeg', extension: 'jpg' },
  { kind: 'picture', mime: 'image/png', extension: 'png' },
  { kind: 'picture', mime: 'image/webp', extension: 'webp' },
  { kind: 'picture', mime: 'image/avif', extension: 'avif' },
  { kind: 'animation', mime: 'image/gif', extension: 'gif' },
  { kind: 'video', mime: 'video/mp4', extension: 'mp4' },
  { kind: 'video', mime: 'video/webm', extension: 'webm' },
  { kind: 'video', mime: 'video/quicktime', extension: 'mov' },
  { kind: 'audio', mime: 'audio/mpeg', extension: 'mp3' },
  { kind: 'audio', mime: 'audio/ogg', extension: 'ogg' },
  { kind: 'audio', mime: 'audio/wav', extension: 'wav' },
  { kind: 'audio', mime: 'audio/flac', extension: 'flac' },
  { kind: 'audio', mime: 'audio/aac', extension: 'aac' },
  { kind: 'audio', mime: 'audio/mp4', extension: 'm4a' },
]

/** Other names that file-type gives to types above. */
const ALIASES: Readonly<Record<string, string>> = {
  'image/apng': 'image/png',
  'audio/x-m4a': 'audio/mp4',
  'audio/x-flac': 'audio/flac',
  'audio/opus': 'audio/ogg',
  'video/x-m4v': 'video/mp4',
  'audio/x-wav': 'audio/wav',
}

/** The media type served for each file extension. */
export const TYPE_OF: ReadonlyMap<string, string> = new Map(TYPES.map(({ extension, mime }) => [extension, mime]))

/** Announced by `instance`. */
export const SUPPORTED_TYPES: readonly string[] = TYPES.map(({ mime }) => mime)

/** What the bytes are; null for anything we do not take (text, SVG, HTML, archives …). Attacker-controlled. */
export async function sniff(bytes: Uint8Array): Promise<MediaType | null> {
  const found = await fileTypeFromBuffer(bytes).catch(() => undefined)
  if (found === undefined) return null
  const [named = ''] = found.mime.split(';', 1)
  const mime = ALIASES[named] ?? named
  return TYPES.find((type) => type.mime === mime) ?? null
}
