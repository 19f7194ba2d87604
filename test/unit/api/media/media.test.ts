import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { decode as decodeBlurhash, isBlurhashValid } from 'blurhash'
import fc from 'fast-check'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApiError } from '../../../../src/api/errors.ts'
import { MediaFiles } from '../../../../src/api/media/files.ts'
import { focusOf } from '../../../../src/api/media/focus.ts'
import { Gate } from '../../../../src/api/media/gate.ts'
import { AVATAR, LONGEST_SIDE, renderAttachment, renderPicture } from '../../../../src/api/media/images.ts'
import { rangeOf } from '../../../../src/api/media/serve.ts'
import { sniff } from '../../../../src/api/media/types.ts'

const plain = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: '#3366cc' } })

describe('ranges', () => {
  test.each([
    [undefined, 10, null],
    ['bytes=0-', 10, [0, 10]],
    ['bytes=2-4', 10, [2, 5]],
    ['bytes=2-400', 10, [2, 10]],
    ['bytes=-3', 10, [7, 10]],
    ['bytes=-30', 10, [0, 10]],
    ['bytes=10-', 10, 'unsatisfiable'],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=5-2', 10, null],
    ['bytes=0-1,4-5', 10, null],
    ['items=0-1', 10, null],
    ['bytes=-', 10, null],
    ['bytes=0-', 0, 'unsatisfiable'],
  ])('%j of %i bytes is %j', (header, size, expected) => expect(rangeOf(header, size)).toEqual(expected))

  test('what is sent lies within the file', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(1e6), (header, size) => {
        const range = rangeOf(`bytes=${header}`, size)
        if (Array.isArray(range)) expect(0 <= range[0] && range[0] < range[1] && range[1] <= size).toBe(true)
      }),
    )
  })
})

describe('focus', () => {
  test.each([
    ['0,0', { x: 0, y: 0 }],
    ['-1.0, 0.5', { x: -1, y: 0.5 }],
    ['', undefined],
  ])('%j is %j', (focus, expected) => expect(focusOf({ focus })).toEqual(expected))

  test.each(['1', '2,0', '0,NaN', 'a,b', '0,0,0', '1e0,0', '0x1,0'])('%j is refused', (focus) => expect(() => focusOf({ focus })).toThrow(ApiError))
})

describe('files', () => {
  let root: string
  beforeAll(async () => void (root = await mkdtemp(path.join(tmpdir(), 'vivim-files-'))))
  afterAll(() => rm(root, { recursive: true, force: true }))

  test('what is written is found again under a name nobody chose, complete', async () => {
    const files = new MediaFiles(path.join(root, 'a'))
    const bytes = Buffer.from('hello')
    const [one, two] = [await files.write({ bytes, extension: 'png' }), await files.write({ bytes, extension: 'png' })]
    expect(one).toMatch(/^[0-9a-f]{2}\/[0-9a-f]{30}\.png$/)
    expect(one).not.toBe(two)
    const file = await files.open(one)
    expect(file).toMatchObject({ size: 5, type: 'image/png' })
    expect(await file?.handle.readFile('utf8')).toBe('hello')
    await file?.handle.close()
    expect(await readdir(path.join(root, 'a'), { recursive: true })).not.toContainEqual(expect.stringMatching(/\.part$/))
  })

  test('no other path is ever opened or removed', async () => {
    await writeFile(path.join(root, 'secret.png'), 'secret')
    const files = new MediaFiles(path.join(root, 'a'))
    const tricks = [
      '../secret.png',
      '..%2fsecret.png',
      'ab/../../secret.png',
      '/etc/passwd',
      `ab/${'0'.repeat(30)}.png\0.jpg`,
      `ab/${'0'.repeat(30)}.html`,
      `ab/${'0'.repeat(30)}.svg`,
      '',
      '.',
      `AB/${'0'.repeat(30)}.png`,
    ]
    for (const trick of tricks) expect(await files.open(trick)).toBeNull()
    await files.remove(tricks)
    expect(await readdir(root)).toContain('secret.png')
  })
})

describe('what an upload is', () => {
  test.each([
    ['<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['<?xml version="1.0"?><svg/>'],
    ['<!doctype html><script>1</script>'],
    ['%PDF-1.7'],
    ['PK\u0003\u0004'],
    [''],
    ['just text'],
  ])('%j is refused', async (text) => expect(await sniff(Buffer.from(text))).toBeNull())

  test('is what its bytes say', async () => {
    expect((await sniff(await plain(2, 2).png().toBuffer()))?.mime).toBe('image/png')
    expect((await sniff(await plain(2, 2).gif().toBuffer()))?.kind).toBe('animation')
    expect((await sniff(Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x64]), Buffer.alloc(500)])))?.kind).toBe('audio')
  })

  test('any bytes get an answer', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => void (await sniff(bytes))))
  })
})

describe('pictures', () => {
  test('are turned upright, lose every piece of metadata, and stay within bounds', async () => {
    const sent = await plain(40, 20)
      .withExif({ IFD0: { Copyright: 'secret' }, IFD3: { GPSLatitude: '1/1 2/1 3/1' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer()
    expect((await sharp(sent).metadata()).exif).toBeDefined()
    const { original, preview, blurhash } = await renderAttachment(sent)
    const { exif, icc, xmp, iptc, width, height, format } = await sharp(original.file.bytes).metadata()
    expect({ exif, icc, xmp, iptc }).toEqual({ exif: undefined, icc: undefined, xmp: undefined, iptc: undefined })
    expect({ width, height, format }).toEqual({ width: 20, height: 40, format: 'jpeg' })
    expect(original.size).toEqual({ width: 20, height: 40 })
    expect(preview.file.extension).toBe('webp')
    expect(isBlurhashValid(blurhash).result).toBe(true)
    const [red = 0, green = 0, blue = 0] = decodeBlurhash(blurhash, 1, 1)
    expect(blue > green && green > red).toBe(true)
  })

  test('larger than what clients show are made smaller', async () => {
    const { original, preview } = await renderAttachment(await plain(5_000, 1_000).png().toBuffer())
    expect(original.size).toEqual({ width: LONGEST_SIDE, height: 819 })
    expect(preview.size).toEqual({ width: 640, height: 128 })
  })

  test('with more pixels than may be decoded are refused before they are', async () => {
    const bomb = await plain(8_000, 8_000).png({ compressionLevel: 9 }).toBuffer()
    expect(bomb.length).toBeLessThan(1 << 20)
    await expect(renderAttachment(bomb)).rejects.toThrow(/million pixels/)
  })

  test('that are broken are the sender’s fault', async () => {
    const whole = await plain(100, 100).png().toBuffer()
    for (const bytes of [whole.subarray(0, 60), Buffer.from('nonsense'), Buffer.alloc(0)])
      await expect(renderAttachment(bytes)).rejects.toMatchObject({ status: 422 })
  })

  test('of a profile are cropped to its shape', async () => {
    const file = await renderPicture(await plain(900, 300).webp().toBuffer(), AVATAR)
    expect(await sharp(file.bytes).metadata()).toMatchObject({ width: 400, height: 400, format: 'webp' })
  })
})

describe('the gate', () => {
  test('lets so many in at a time, and sends away who would wait too long', async () => {
    const gate = new Gate(2, 3)
    const state = { inside: 0, most: 0 }
    const work = async () => {
      state.most = Math.max(state.most, ++state.inside)
      await new Promise((resolve) => setTimeout(resolve, 5))
      state.inside -= 1
    }
    const results = await Promise.allSettled(Array.from({ length: 7 }, () => gate.run(work)))
    expect(state).toEqual({ inside: 0, most: 2 })
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'])
    await gate.run(work)
  })
})
