/** Gemini: "My Activity" of Google Takeout (JSON or HTML), prompts of AI Studio in Drive, sessions of Gemini CLI. Each file is told by its shape. */
import { type Found, type FoundAsset, type FoundConversation, skipped } from '../../found.ts'
import { elements, wholeJson } from '../../json/elements.ts'
import { textOf } from '../../json/fields.ts'
import { type Peek, peek } from '../../json/peek.ts'
import { tell } from '../drafts.ts'
import type { Archive, Detection, Importer } from '../importer.ts'
import { Grouping } from './activity.ts'
import { cells, isActivityPage, readCell } from './activity-html.ts'
import { isActivity, readActivity, verbOf } from './activity-json.ts'
import { isSession, readSession } from './cli.ts'
import { isStudio, readStudio } from './studio.ts'

export const gemini: Importer = { name: 'gemini', version: 1, provider: 'gemini', detect, read }

type Kind = 'activity' | 'page' | 'studio' | 'session'

async function detect(archive: Archive): Promise<Detection | null> {
  const kinds = await kindsOf(archive)
  if (kinds.size === 0) return null
  const folders = [...kinds].filter(([, kind]) => kind === 'activity' || kind === 'page').map(([path]) => folderOf(path))
  const beside = archive.members
    .map(({ path }) => path)
    .filter((path) => !kinds.has(path) && folders.some((folder) => folder !== '' && folderOf(path) === folder))
  return { score: 1, members: [...kinds.keys(), ...beside] }
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1)
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** JSON, pages, and what has no ending: so AI Studio saves prompts. */
const isCandidate = (path: string): boolean => /\.(json|html|prompt)$/i.test(path) || !nameOf(path).includes('.')

async function kindsOf(archive: Archive): Promise<ReadonlyMap<string, Kind>> {
  const found = new Map<string, Kind>()
  for (const { path } of archive.members.filter((member) => isCandidate(member.path))) {
    const kind = kindOf(await peek(archive, path))
    if (kind !== null) found.set(path, kind)
  }
  return found
}

function kindOf({ form, values, text }: Peek): Kind | null {
  if (form === 'html') return isActivityPage(text) ? 'page' : null
  if (form === 'list') return values.some(isActivity) ? 'activity' : null
  if (form !== 'object') return null
  return isStudio(values[0]) ? 'studio' : isSession(values[0]) ? 'session' : null
}

async function* read(archive: Archive, { members }: Detection): AsyncGenerator<Found> {
  const kinds = await kindsOf(archive)
  const files = new Files(archive, members)
  for (const member of members) {
    const kind = kinds.get(member)
    if (kind === 'activity') yield* activity(archive, member, files)
    else if (kind === 'page') yield* page(archive, member, files)
    else if (kind !== undefined) yield* single(archive, member, kind)
  }
}

async function* activity(archive: Archive, member: string, files: Files): AsyncGenerator<Found> {
  const verb = verbOf((await peek(archive, member)).values.flatMap((record) => textOf(record, 'title') ?? []))
  const grouping = new Grouping()
  for await (const element of elements(archive.open(member))) {
    const { pointer } = element
    if (element.problem !== null) {
      yield skipped(`${member} ${pointer}`, element.problem, element.detail)
      continue
    }
    const entry = readActivity(element.value, verb, { member, pointer, raw: element.raw })
    if (entry === null) yield skipped(`${member} ${pointer}`, 'invalid', 'not an entry of Gemini')
    else yield* files.with(grouping.add(entry), member)
  }
  yield* files.with(grouping.end(), member)
}

async function* page(archive: Archive, member: string, files: Files): AsyncGenerator<Found> {
  const titles = [...(await peek(archive, member)).text.matchAll(/mdl-typography--body-1"[^>]{0,200}>([^<]{1,300})/g)].map(([, title]) =>
    (title ?? '').replaceAll('&nbsp;', ' '),
  )
  const verb = verbOf(titles.map((title) => title.replaceAll('\u00a0', ' ')))
  const grouping = new Grouping()
  for await (const cell of cells(archive.open(member))) {
    const pointer = `cell ${cell.number + 1}`
    const entry = 'problem' in cell ? null : readCell(cell.html, verb, { member, pointer, raw: null })
    if ('problem' in cell) yield skipped(`${member} ${pointer}`, cell.problem, cell.detail)
    else if (entry === null) yield skipped(`${member} ${pointer}`, 'invalid', 'no prompt and no moment in it')
    else yield* files.with(grouping.add(entry), member)
  }
  yield* files.with(grouping.end(), member)
}

async function* single(archive: Archive, member: string, kind: 'studio' | 'session'): AsyncGenerator<Found> {
  const whole = await wholeJson(archive.open(member))
  const place = { member, pointer: '' }
  if (whole.problem !== null) yield skipped(member, whole.problem, whole.detail)
  else if (kind === 'session') yield* shown(readSession(whole.value, { ...place, raw: whole.raw }))
  else yield* studio(readStudio(whole.value, nameOf(member).replace(/\.(json|prompt)$/i, ''), { ...place, raw: whole.raw }))
}

function studio(reading: ReturnType<typeof readStudio>): readonly Found[] {
  if (!('conversation' in reading)) return reading
  return [...reading.assets.map((asset): Found => ({ kind: 'asset', asset })), ...tell('gemini', reading.conversation)]
}

const shown = (reading: FoundConversation | readonly Found[]): readonly Found[] => ('nativeId' in reading ? tell('gemini', reading) : reading)

/** Files beside the record, told before the conversation that shows them. */
class Files {
  readonly #members: ReadonlySet<string>

  constructor(archive: Archive, members: readonly string[]) {
    const there = new Set(archive.members.map(({ path }) => path))
    this.#members = new Set(members.filter((member) => there.has(member)))
  }

  *with(conversation: FoundConversation | null, record: string): Generator<Found> {
    if (conversation === null) return
    for (const { blocks } of conversation.messages)
      for (const block of blocks) {
        const name = 'asset' in block ? block.asset.pointer : null
        const member = `${folderOf(record)}${name}`
        if (name === null || !this.#members.has(member)) continue
        const asset: FoundAsset = { nativeId: name, content: { member }, name: nameOf(name), mime: null }
        yield { kind: 'asset', asset }
      }
    yield* tell('gemini', conversation)
  }
}
