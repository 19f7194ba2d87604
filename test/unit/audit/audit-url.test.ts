import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { auditUrl } from '../../../src/ledger/audit/audit-url.ts'
import { LogUnreachable } from '../../../src/ledger/audit/log-client.ts'
import { leafHash, rootOf } from '../../../src/ledger/tlog/merkle.ts'
import { encodeEntryBundle, entriesPath, tilePath, tileWidth } from '../../../src/ledger/tlog/tile.ts'
import { type BuiltLog, smallLog } from './build-log.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** Everything a log shows to anyone, by path, made the slow and obvious way. */
function served(log: BuiltLog): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  const note = log.records.findLast((record) => record.is === 'checkpoint')?.note
  files.set('/log/checkpoint', Buffer.from(note ?? ''))
  files.set('/log/key', Buffer.from(`${log.verifierKey}\n`))
  let nodes: Uint8Array[] = log.leaves.map(leafHash)
  for (let level = 0; nodes.length > 0; level++) {
    for (let index = 0; index * 256 < nodes.length; index++) {
      const width = tileWidth(level, index, log.size)
      files.set(`/log/${tilePath({ level, index, width })}`, Buffer.concat(nodes.slice(index * 256, index * 256 + width)))
      if (level === 0)
        files.set(`/log/${entriesPath(index, width)}`, Buffer.from(encodeEntryBundle(log.leaves.slice(index * 256, index * 256 + width))))
    }
    nodes = Array.from({ length: Math.floor(nodes.length / 256) }, (_, i) => rootOf(nodes.slice(i * 256, i * 256 + 256)))
  }
  return files
}

/** `refuse`: how many requests to answer 429 before being served. */
async function serve(files: ReadonlyMap<string, Buffer>, refuse = 0): Promise<string> {
  let refusals = refuse
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? '')
    if (refusals-- > 0) response.writeHead(429, { 'retry-after': '0.01' }).end()
    else if (file === undefined) response.writeHead(404).end()
    else response.end(file)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const audit = async (files: ReadonlyMap<string, Buffer>) => auditUrl(await serve(files), { source: 'test' })
const named = (report: Awaited<ReturnType<typeof auditUrl>>) => report.alarms.map(({ position, what }) => `${position} ${what}`)

describe('a log that is served', () => {
  test.each([1, 2, 255, 256, 257, 600])('of %i entries passes, read through its bundles and held against its tiles', async (size) => {
    const log = smallLog(size)
    const files = served(log)
    const progress: number[] = []
    const report = await auditUrl(await serve(files), { source: 'test', onProgress: (entries) => progress.push(entries) })
    expect(report).toMatchObject({ ok: true, alarms: [], size: log.size, checkpoint: log.size, pinned: false })
    expect(report.counts.tiles).toBe([...files.keys()].filter((path) => /^\/log\/tile\/\d/.test(path)).length)
    expect(report.counts.public + report.counts.blinded).toBe(log.size)
    expect(progress.at(-1)).toBe(log.size)
  })

  test('passes when the server asks for patience', async () => {
    expect((await auditUrl(await serve(served(smallLog(20)), 3), { source: 'test' })).ok).toBe(true)
  })

  test('needs no word of the instance when its key is pinned', async () => {
    const log = smallLog(20)
    const files = served(log)
    files.delete('/log/key')
    expect(await auditUrl(await serve(files), { source: 'test', verifierKey: log.verifierKey })).toMatchObject({ ok: true, pinned: true })
    await expect(audit(files)).rejects.toThrow(LogUnreachable)
  })

  test('is not judged when it cannot be read', async () => {
    const files = served(smallLog(20))
    files.delete(`/log/${entriesPath(0, 20)}`)
    await expect(audit(files)).rejects.toThrow('/log/tile/entries/000.p/20 answered 404')
    await expect(auditUrl('http://127.0.0.1:9', { source: 'test' })).rejects.toThrow(LogUnreachable)
  })
})

describe('a served log in which one byte differs', () => {
  const log = smallLog(260)
  const differing = (path: string, at: number) => {
    const files = served(log)
    const file = Buffer.from(files.get(path) ?? '')
    file[at] = (file[at] ?? 0) ^ 0x10
    return audit(files.set(path, file))
  }
  const secondBundle = `/log/${entriesPath(1, 4)}`

  test('in a public commit: its signature, the root and the tile say so', async () => {
    const firstPublic = log.leaves.findIndex((leaf, i) => i >= 256 && leaf[0] === 0)
    const at = log.leaves.slice(256, firstPublic).reduce((sum, leaf) => sum + 2 + leaf.length, 0) + 2 + 120
    expect(named(await differing(secondBundle, at))).toEqual(expect.arrayContaining([`${firstPublic} signature`, `${firstPublic} tile`, '0 root']))
  })

  test('in a blinded leaf: root and tile say so', async () => {
    const blinded = log.leaves.findIndex((leaf, i) => i >= 256 && leaf[0] === 1)
    const at = log.leaves.slice(256, blinded).reduce((sum, leaf) => sum + 2 + leaf.length, 0) + 2 + 20
    expect(named(await differing(secondBundle, at))).toEqual(['0 root', `${blinded} tile`])
  })

  test('in the framing of a bundle', async () => {
    expect((await differing(secondBundle, 0)).ok).toBe(false)
  })

  test('in a tile, also of a higher level', async () => {
    expect(named(await differing('/log/tile/0/000', 32 * 7))).toEqual(['7 tile'])
    expect(named(await differing('/log/tile/1/000.p/1', 3))).toEqual(['0 tile'])
  })

  test('in the checkpoint', async () => {
    const note = served(log).get('/log/checkpoint') ?? Buffer.alloc(0)
    for (let at = 0; at < note.length; at += 3) expect(named(await differing('/log/checkpoint', at)), `byte ${at}`).toEqual(['null checkpoint'])
    expect(named(await audit(served(log).set('/log/checkpoint', Buffer.from('<html>hello</html>'))))).toEqual(['null checkpoint'])
  })
})
