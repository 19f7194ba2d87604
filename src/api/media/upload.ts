/** From uploaded bytes to stored files and the attachment that describes them. */
import { createHash } from 'node:crypto'
import type { EventData, MediaAttachment } from '../../events/catalogue.ts'
import { unprocessable } from '../errors.ts'
import type { MediaFiles } from './files.ts'
import type { Focus } from './focus.ts'
import { renderAttachment, renderPreview } from './images.ts'
import { type Kind, sniff } from './types.ts'

export type UploadRequest = {
  readonly id: string
  /** Attacker-controlled. */
  readonly bytes: Uint8Array
  /** A picture that stands for a video or a sound. Attacker-controlled. */
  readonly thumbnail: Uint8Array | undefined
  readonly description: string | null
  readonly focus: Focus | undefined
}

type Stored = Pick<EventData['media:create'], 'attachment' | 'sha256' | 'bytes'>

const TYPE: Readonly<Record<Kind, MediaAttachment['type']>> = { picture: 'image', animation: 'image', video: 'video', audio: 'audio' }

/**
 * Stores an upload and its preview.
 *
 * @returns the attachment, and SHA-256 (hex) and length of the stored original
 * @throws {ApiError} 422 for what is not media we take, or cannot be read
 */
export async function store(files: MediaFiles, request: UploadRequest): Promise<Stored> {
  const type = await sniff(request.bytes)
  if (type === null) throw unprocessable('Validation failed: File type is not supported')
  const rendered = type.kind === 'picture' ? await renderAttachment(request.bytes) : await kept(request, type.kind, type.extension)
  const { original, preview, blurhash } = rendered
  const url = await files.write(original.file)
  const previewUrl = preview === null ? null : await files.write(preview.file)
  const attachment: MediaAttachment = {
    id: request.id,
    type: TYPE[type.kind],
    mime: mimeOf(original.file.extension, type.mime),
    url,
    previewUrl,
    remoteUrl: null,
    description: request.description,
    blurhash,
    meta: {
      ...(original.size && { original: original.size }),
      ...(preview && { small: preview.size }),
      ...(request.focus && { focus: request.focus }),
    },
  }
  return { attachment, sha256: createHash('sha256').update(original.file.bytes).digest('hex'), bytes: original.file.bytes.length }
}

/** An upload whose bytes stay as they are. A GIF must be a readable picture; video and sound may bring a thumbnail. */
async function kept({ bytes, thumbnail }: UploadRequest, kind: Kind, extension: string) {
  const file = { bytes, extension }
  const still = kind === 'animation' ? bytes : thumbnail
  if (still === undefined) return { original: { file, size: null }, preview: null, blurhash: null }
  if (kind !== 'animation' && (await sniff(still))?.kind !== 'picture') throw unprocessable('Validation failed: Thumbnail type is not supported')
  const { preview, blurhash, size } = await renderPreview(still)
  return { original: { file, size: kind === 'animation' ? size : null }, preview, blurhash }
}

const MIMES: Readonly<Record<string, string>> = { jpg: 'image/jpeg', png: 'image/png', webp: 'image/webp' }

const mimeOf = (extension: string, sniffed: string): string => MIMES[extension] ?? sniffed
