import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ArchiveError } from '../../../../src/conversations/archive/archive-error.ts'
import { fingerprint, type OpenArchive, openArchive } from '../../../../src/conversations/archive/open-archive.ts'
import { ARCHIVE_LIMITS } from '../../../../src/conversations/archive/source.ts'
import { type ZipEntry, zipOf } from '../../../support/zip.ts'

let dir: string
let files = 0
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'vivim-archive-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

const opened = (file: string, limits = {}) =>
  openArchive(file, { name: 'sample', sha256: '0'.repeat(64), workDir: dir, limits: { ...ARCHIVE_LIMITS, ...limits } })

async function saved(bytes: Uint8Array): Promise<string> {
  const file = path.join(dir, `file-${++files}`)
  await writeFile(file, bytes)
  return file
}

const zipped = async (entries: readonly ZipEntry[], limits = {}) => opened(await saved(zipOf(entries)), limits)

async function text(archive: OpenArchive, name: string): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of archive.open(name)) parts.push(part)
  return Buffer.concat(parts).toString()
}

async function use<T>(archive: OpenArchive, work: (archive: OpenArchive) => Promise<T>): Promise<T> {
  return work(archive).finally(() => archive.close())
}

describe('an archive', () => {
  it('is the same behind a zip, a folder and a file', async () => {
    const folder = path.join(dir, 'folder')
    await mkdir(path.join(folder, 'a'), { recursive: true })
    await writeFile(path.join(folder, 'a/b.json'), '[1]')
    for (const archive of [await zipped([{ name: 'a/b.json', content: '[1]' }]), await opened(folder)])
      await use(archive, async () => {
        expect(archive.members).toEqual([{ path: 'a/b.json', bytes: 3 }])
        expect(await text(archive, 'a/b.json')).toBe('[1]')
        expect(Buffer.from(await archive.head('a/b.json', 2)).toString()).toBe('[1')
        expect(await fingerprint(await archive.copy('a/b.json'))).toMatchObject({ bytes: 3 })
      })
    await use(await opened(path.join(folder, 'a/b.json')), async ({ members }) => expect(members).toEqual([{ path: 'sample', bytes: 3 }]))
  })

  it('refuses by name what is unsafe in it, and keeps the rest', async () => {
    const archive = await zipped([
      { name: '../up.json', content: 'x' },
      { name: '/abs.json', content: 'x' },
      { name: 'C:/drive.json', content: 'x' },
      { name: 'a/../../b.json', content: 'x' },
      { name: 'secret.json', content: 'x', flags: 1 },
      { name: 'link', content: '/etc/passwd', mode: 0o120777 },
      { name: 'new.json', content: 'x', method: 93 },
      { name: 'ok.json', content: '[1]' },
      { name: 'ok.json', content: '[2]' },
    ])
    await use(archive, async () => {
      expect(archive.members.map(({ path: name }) => name)).toEqual(['ok.json'])
      expect(await text(archive, 'ok.json')).toBe('[1]')
      expect(archive.refused.map(({ item, reason }) => [item, reason])).toEqual([
        ['../up.json', 'unsafe-path'],
        ['/abs.json', 'unsafe-path'],
        ['C:/drive.json', 'unsafe-path'],
        ['a/../../b.json', 'unsafe-path'],
        ['secret.json', 'encrypted'],
        ['link', 'unsafe-path'],
        ['new.json', 'unreadable'],
        ['ok.json', 'duplicate'],
      ])
    })
  })

  it('does not follow links of a folder', async () => {
    const folder = path.join(dir, 'links')
    await mkdir(folder)
    await symlink('/etc/passwd', path.join(folder, 'passwd'))
    await writeFile(path.join(folder, 'here.txt'), 'here')
    await use(await opened(folder), async ({ members, refused }) => {
      expect(members.map(({ path: name }) => name)).toEqual(['here.txt'])
      expect(refused).toMatchObject([{ item: 'passwd', reason: 'unsafe-path' }])
    })
  })

  it('is no bomb: not by ratio, not by claim, not by overlap, not by number', async () => {
    const zeros = Buffer.alloc(1_000_000)
    await use(await zipped([{ name: 'zeros', content: zeros }], { small: 1_000 }), async ({ members, refused }) => {
      expect(members).toEqual([])
      expect(refused).toMatchObject([{ item: 'zeros', reason: 'bomb' }])
    })
    await use(await zipped([{ name: 'liar', content: zeros, claimed: 10 }]), (archive) => expect(text(archive, 'liar')).rejects.toThrow(ArchiveError))
    const overlapping = zipped([
      { name: 'a', content: 'x'.repeat(100), stored: true },
      { name: 'b', content: 'y', offset: 10 },
    ])
    await expect(overlapping).rejects.toMatchObject({ reason: 'bomb' })
    await expect(
      zipped(
        ['a', 'b', 'c'].map((name) => ({ name, content: '' })),
        { members: 2 },
      ),
    ).rejects.toMatchObject({ reason: 'bomb' })
    await expect(
      zipped(
        ['a', 'b'].map((name) => ({ name, content: zeros, stored: true })),
        { total: 1_500_000 },
      ),
    ).rejects.toMatchObject({ reason: 'bomb' })
  })

  it('gives what is there when its end is missing, wherever it was cut', async () => {
    const whole = zipOf([
      { name: 'one.json', content: `["${'first '.repeat(300)}"]` },
      { name: 'two.json', content: `["${Array.from({ length: 3_000 }, (_, n) => n).join(' ')}"]`, flags: 8 },
      { name: 'three.json', content: '[3]', stored: true },
    ])
    const directory = whole.lastIndexOf(Buffer.from('PK\u0001\u0002', 'latin1'))
    const second = whole.indexOf('two.json') - 30
    for (const cut of [directory + 40, directory - 100, second + 2_000, second + 500]) {
      const archive = await opened(await saved(whole.subarray(0, cut)))
      await use(archive, async () => {
        expect(archive.refused).toMatchObject([{ reason: 'truncated' }])
        expect(await text(archive, 'one.json')).toContain('first first')
        if (cut > directory) expect(await text(archive, 'three.json')).toBe('[3]')
        const isCut = cut < directory - 200
        const two = text(archive, 'two.json')
        if (isCut) await expect(two).rejects.toMatchObject({ reason: 'truncated' })
        else expect(JSON.parse(await two)).toHaveLength(1)
      })
    }
  })

  it('opens zips in a zip of zips, never the one with sign-in data, and not one that somebody sent in a chat', async () => {
    const inner = zipOf([{ name: 'conversations.json', content: '[]' }])
    const outer = [
      { name: 'manifest.json', content: '{}' },
      { name: 'conversations-001.zip', content: inner },
      { name: 'light_metadata-001.zip', content: inner },
      { name: 'broken-001.zip', content: 'PK\u0003\u0004 but not a zip' },
    ]
    await use(await zipped(outer), async (archive) => {
      expect(archive.members.map(({ path: name }) => name).sort()).toEqual([
        'conversations-001.zip/conversations.json',
        'light_metadata-001.zip',
        'manifest.json',
      ])
      expect(await text(archive, 'conversations-001.zip/conversations.json')).toBe('[]')
      expect(archive.refused).toMatchObject([{ item: 'broken-001.zip', reason: 'unreadable' }])
    })
    const chat = [
      { name: 'conversations.json', content: Buffer.alloc(5_000_000, 'x') },
      { name: 'file-abc.zip', content: inner },
    ]
    await use(await zipped(chat), async ({ members }) =>
      expect(members.map(({ path: name }) => name)).toEqual(['conversations.json', 'file-abc.zip']),
    )
  })

  it('leaves nothing behind when it is closed', async () => {
    const before = await readdir(dir)
    const archive = await zipped([{ name: 'a.zip', content: zipOf([{ name: 'x', content: 'y' }]) }])
    await archive.copy('a.zip/x')
    await archive.close()
    expect((await readdir(dir)).filter((name) => name.startsWith('open-'))).toEqual(before.filter((name) => name.startsWith('open-')))
  })

  it('fails in words or opens, whichever byte of it is wrong', async () => {
    const whole = zipOf([
      { name: 'a.json', content: '[1,2,3]' },
      { name: 'b.json', content: '{"x":1}', flags: 8 },
    ])
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole)
      bytes[at] = (bytes[at] ?? 0) ^ 0xff
      try {
        const archive = await opened(await saved(bytes))
        await use(archive, async () => {
          for (const { path: name } of archive.members) await text(archive, name)
        })
      } catch (error) {
        expect(error, `byte ${at}: ${String(error)}`).toBeInstanceOf(ArchiveError)
      }
    }
  })
})
