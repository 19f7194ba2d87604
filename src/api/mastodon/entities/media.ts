/** MediaAttachment. Pure. @see https://docs.joinmastodon.org/entities/MediaAttachment/ */
import type { MediaAttachment } from '../../../events/catalogue.ts'
import { mediaUrl } from '../../media/urls.ts'

type Size = { readonly width: number; readonly height: number }

export const mediaEntity = (media: MediaAttachment, origin: string) => ({
  id: media.id,
  type: media.type,
  url: mediaUrl(origin, media.url),
  preview_url: preview(media, origin),
  remote_url: media.remoteUrl,
  preview_remote_url: null,
  text_url: null,
  meta: {
    ...(media.meta.original && { original: sizeEntity(media.meta.original) }),
    ...(media.meta.small && { small: sizeEntity(media.meta.small) }),
    ...(media.meta.focus && { focus: media.meta.focus }),
  },
  description: media.description,
  blurhash: media.blurhash,
})

/** A picture stands for itself; what is not one must not be shown as one. */
function preview({ type, url, previewUrl }: MediaAttachment, origin: string): string | null {
  const stored = previewUrl ?? (type === 'image' ? url : null)
  return stored === null ? null : mediaUrl(origin, stored)
}

const sizeEntity = ({ width, height }: Size) => ({ width, height, size: `${width}x${height}`, aspect: height === 0 ? 0 : width / height })
