/**
 * Pictures decoded, bounded, turned upright and written anew: what is stored is never the bytes that were sent, so no EXIF, no place, no payload
 * rides along. The decoder (libvips) is loaded on first use and runs two pictures at a time.
 */
import { encode as encodeBlurhash } from 'blurhash'
import type { Sharp, SharpOptions } from 'sharp'
import { unprocessable } from '../errors.ts'
import type { StoredFile } from './files.ts'
import { Gate } from './gate.ts'

/** Pixels of the largest picture that is decoded at all: 40 megapixels. */
export const MOST_PIXELS = 40_000_000
/** Longest side in pixels of what is stored, and of the preview. */
export const LONGEST_SIDE = 4_096
const PREVIEW_SIDE = 640

export type Size = { readonly width: number; readonly height: number }
export type RenderedImage = { readonly file: StoredFile; readonly size: Size }
export type RenderedPicture = { readonly original: RenderedImage; readonly preview: RenderedImage; readonly blurhash: string }

/** Crop and size of pictures of a profile. */
export const AVATAR: Size = { width: 400, height: 400 }
export const HEADER: Size = { width: 1_500, height: 500 }

const gate = new Gate(2)

/** A picture for a post. @throws {ApiError} 422 when it cannot be decoded or is too large */
export const renderAttachment = (bytes: Uint8Array): Promise<RenderedPicture> =>
  decoding(async () => {
    const image = await decode(bytes)
    const { format, hasAlpha } = await image.metadata()
    const upright = image
      .autoOrient()
      .resize({ width: LONGEST_SIDE, height: LONGEST_SIDE, fit: 'inside', withoutEnlargement: true })
      .toColorspace('srgb')
    const original = await written(encodeAs(upright, format, hasAlpha))
    return { original, ...(await previewOf(original.file.bytes)) }
  })

/** The still preview of an animation, or of a thumbnail that came with a video. @throws {ApiError} 422 */
export const renderPreview = (bytes: Uint8Array): Promise<Omit<RenderedPicture, 'original'> & { readonly size: Size }> =>
  decoding(async () => {
    const { width, height } = await (await decode(bytes)).metadata()
    return { ...(await previewOf(bytes)), size: { width, height } }
  })

/** A picture of a profile, cropped to its shape. @throws {ApiError} 422 */
export const renderPicture = (bytes: Uint8Array, shape: Size): Promise<StoredFile> =>
  decoding(async () => {
    const image = await decode(bytes)
    const { format, hasAlpha } = await image.metadata()
    const cropped = image
      .autoOrient()
      .resize({ ...shape, fit: 'cover', position: 'attention' })
      .toColorspace('srgb')
    return (await written(encodeAs(cropped, format, hasAlpha))).file
  })

async function previewOf(bytes: Uint8Array): Promise<Omit<RenderedPicture, 'original'>> {
  const image = (await decode(bytes)).autoOrient().resize({ width: PREVIEW_SIDE, height: PREVIEW_SIDE, fit: 'inside', withoutEnlargement: true })
  const preview = await written(image.toColorspace('srgb').webp({ quality: 80 }), 'webp')
  return { preview, blurhash: await blurhashOf(preview.file.bytes) }
}

/** 4 × 3 components of a copy of at most 32 pixels. @see https://blurha.sh */
async function blurhashOf(bytes: Uint8Array): Promise<string> {
  const image = (await decode(bytes)).resize({ width: 32, height: 32, fit: 'inside' }).ensureAlpha()
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
  return encodeBlurhash(new Uint8ClampedArray(data), info.width, info.height, 4, 3)
}

/** JPEG stays JPEG, WebP stays WebP, PNG stays PNG; anything newer becomes what every client can show. */
function encodeAs(image: Sharp, format: string | undefined, hasAlpha: boolean | undefined): Sharp {
  if (format === 'jpeg') return image.jpeg({ quality: 88 })
  if (format === 'png') return image.png({ compressionLevel: 7 })
  if (format === 'webp') return image.webp({ quality: 88 })
  return hasAlpha === true ? image.png({ compressionLevel: 7 }) : image.jpeg({ quality: 88 })
}

const EXTENSIONS: Readonly<Record<string, string>> = { jpeg: 'jpg', png: 'png', webp: 'webp' }

async function written(image: Sharp, extension?: string): Promise<RenderedImage> {
  const { data, info } = await image.toBuffer({ resolveWithObject: true })
  return { file: { bytes: data, extension: extension ?? EXTENSIONS[info.format] ?? 'jpg' }, size: { width: info.width, height: info.height } }
}

/** First frame only. */
async function decode(bytes: Uint8Array): Promise<Sharp> {
  const options: SharpOptions = { limitInputPixels: MOST_PIXELS, failOn: 'error', sequentialRead: true, pages: 1 }
  return (await sharpOnce())(bytes, options)
}

let loaded: Promise<typeof import('sharp')['default']> | undefined

/** One thread per picture and no cache: a small machine stays responsive, and memory goes back. */
function sharpOnce(): Promise<typeof import('sharp')['default']> {
  loaded ??= import('sharp').then(({ default: sharp }) => {
    sharp.cache(false)
    sharp.concurrency(1)
    return sharp
  })
  return loaded
}

/** @throws {ApiError} 422: whatever the decoder says about attacker-controlled bytes is the sender's fault */
function decoding<T>(work: () => Promise<T>): Promise<T> {
  return gate.run(async () => {
    try {
      return await work()
    } catch (cause) {
      if (/pixel limit/i.test(String(cause))) throw unprocessable(`Validation failed: File has more than ${MOST_PIXELS / 1_000_000} million pixels`)
      throw unprocessable('Validation failed: File is not a picture that can be read')
    }
  })
}
