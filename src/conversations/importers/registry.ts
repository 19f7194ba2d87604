/** Every importer, and which of them reads what of an archive. */
import { chatgpt } from './chatgpt/chatgpt.ts'
import { claudeCode } from './claude-code.ts'
import { codex } from './codex.ts'
import { copilot } from './copilot.ts'
import { cursor } from './cursor.ts'
import { deepseek } from './deepseek.ts'
import { generic } from './generic.ts'
import type { Archive, Detection, Importer } from './importer.ts'
import { kimi } from './kimi.ts'
import { librechat } from './librechat.ts'
import { mistral } from './mistral.ts'
import { openWebui } from './open-webui.ts'
import { perplexity } from './perplexity.ts'
import { qwen } from './qwen.ts'
import { text } from './text.ts'
import { zai } from './zai.ts'

/** The order decides between importers that are equally sure. */
export const IMPORTERS: readonly Importer[] = [
  chatgpt,
  deepseek,
  kimi,
  qwen,
  zai,
  mistral,
  perplexity,
  copilot,
  openWebui,
  librechat,
  claudeCode,
  codex,
  cursor,
  generic,
  text,
]

export type Assigned = { readonly importer: Importer; readonly detection: Detection }

/** Scores below are last resorts: asked only for what nobody else recognised. */
const LAST_RESORT = 0.2

/**
 * Who reads what: the surest first, each member once.
 *
 * @param only  names of the importers to ask; all of them when absent
 */
export async function assigned(archive: Archive, only?: ReadonlySet<string>, importers = IMPORTERS): Promise<readonly Assigned[]> {
  const found: Assigned[] = []
  for (const importer of importers) {
    if (only !== undefined && !only.has(importer.name) && !only.has(importer.provider)) continue
    const detection = await importer.detect(archive)
    if (detection !== null && detection.score > 0 && detection.members.length > 0) found.push({ importer, detection })
  }
  const taken = new Set<string>()
  const chosen: Assigned[] = []
  for (const { importer, detection } of found.toSorted((a, b) => b.detection.score - a.detection.score)) {
    const members = detection.members.filter((path) => !taken.has(path))
    const isLate = detection.score < LAST_RESORT && members.length < detection.members.length
    if (members.length === 0 || (isLate && members.length === 0)) continue
    for (const path of members) taken.add(path)
    chosen.push({ importer, detection: { ...detection, members } })
  }
  return chosen
}
