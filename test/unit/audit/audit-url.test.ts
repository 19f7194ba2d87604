import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { AuditState } from '../../../src/ledger/audit/audit-state.ts'
import { auditUrl } from '../../../src/ledger/audit/audit-url.ts'
import type { EarlierHead } from '../../../src/ledger/audit/auditor.ts'
import { LogUnreachable } from '../../../src/ledger/audit/log-client.ts'
import { decodeState, encodeState } from '../../../src/ledger/audit/state-file.ts'
import { leafHash, rootOf } from '../../../src/ledger/tlog/merkle.ts'
import { encodeEntryBundle, entriesPath, tilePath, tileWidth } from '../../../src/ledger/tlog/tile.ts'
import { BuiltLog, smallLog } from './build-log.ts'

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
async function serve(files: ReadonlyMap<string, Buffer>, refuse = 0, onRequest: (path: string) => void = () => {}): Promise<string> {
  let refusals = refuse
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? '')
    onRequest(request.url ?? '')
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

describe('a log that was audited before', () => {
  const log = smallLog(600)
  const heads = log.records.filter((record) => record.is === 'checkpoint')
  const headOf = (note: Uint8Array, size: number): EarlierHead => {
    const text = Buffer.from(note).toString()
    return { size, root: Buffer.from(text.split('\n')[2] ?? '', 'base64').toString('hex'), note: text }
  }

  test('is read on from a trusted checkpoint, wherever that was, and nothing before it is fetched', async () => {
    const files = served(log)
    for (const { size, note } of heads.filter(({ size }) => [5, 254, 257, 512, 514, 599, 600].some((near) => Math.abs(near - size) < 3))) {
      const asked: string[] = []
      const report = await auditUrl(await serve(files, 0, (path) => asked.push(path)), { source: 'test', since: headOf(note, size) })
      expect(report.alarms, `since ${size}`).toEqual([])
      expect(report).toMatchObject({ from: size, size: 600, checkpoint: 600 })
      const before = asked.filter((path) => /entries\/\d/.test(path) && (Number(/entries\/(\d+)/.exec(path)?.[1]) + 1) * 256 <= size)
      expect(before, `since ${size}`).toEqual([])
    }
  })

  test('must contain that checkpoint', async () => {
    const other = smallLog(300)
    const note = other.records.findLast((record) => record.is === 'checkpoint')?.note ?? Buffer.alloc(0)
    const forked = await auditUrl(await serve(served(log)), { source: 'test', since: headOf(note, 300) })
    expect(named(forked)).toEqual(expect.arrayContaining(['null fork']))
    const shorter = await auditUrl(await serve(served(other)), { source: 'test', since: headOf(heads.at(-1)?.note ?? note, 600) })
    expect(named(shorter)).toEqual(['300 fork'])
  })

  test('is read on from the state of that audit, every key and stream still known', async () => {
    const states: Buffer[] = []
    const onState = async (state: AuditState) => void states.push(Buffer.concat([...encodeState(state)]))
    const early = smallLogUpTo(log, 400)
    expect((await auditUrl(await serve(early), { source: 'test', onState })).ok).toBe(true)
    const resume = async () => decodeState(once(states[0] ?? Buffer.alloc(0)))
    const whole = await audit(served(log))
    const { counts, alarms, from } = await auditUrl(await serve(served(log)), { source: 'test', resume: await resume() })
    expect({ alarms, from }).toEqual({ alarms: [], from: 400 })
    const { tiles, checkpoints, signatures } = counts // what was fetched twice counts twice
    expect(counts).toEqual({ ...whole.counts, tiles, checkpoints, signatures })
    const forked = await auditUrl(await serve(served(smallLog(600))), { source: 'test', verifierKey: log.verifierKey, resume: await resume() })
    expect(forked.ok).toBe(false)
    const setBack = await auditUrl(await serve(smallLogUpTo(log, 300)), { source: 'test', resume: await resume() })
    expect(named(setBack)).toEqual(['300 fork'])
  })
})

/** What this log served when it had fewer entries. */
function smallLogUpTo(log: BuiltLog, size: number): Map<string, Buffer> {
  const short = new BuiltLog(log)
  short.records.push(...log.records.filter((record) => record.is === 'commit' && record.position < size))
  short.leaves.push(...log.leaves.slice(0, size))
  short.checkpoint(rootOf(short.leaves.map(leafHash)))
  return served(short)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

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
