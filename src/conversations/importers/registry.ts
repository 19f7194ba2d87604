/** Every importer, and which of them reads what of an archive. */
import { chatgpt } from './chatgpt/chatgpt.ts'
import { claude } from './claude/claude.ts'
import { claudeCode } from './claude-code.ts'
import { codex } from './codex.ts'
import { copilot } from './copilot.ts'
import { cursor } from './cursor.ts'
import { deepseek } from './deepseek.ts'
import { gemini } from './gemini/gemini.ts'
import { generic } from './generic.ts'
import { grok } from './grok/grok.ts'
import type { Archive, Detection, Importer } from './importer.ts'
import { kimi } from './kimi.ts'
import { librechat } from './librechat.ts'
import { mistral } from './mistral.ts'
import { openWebui } from './open-webui.ts'
import { page } from './page.ts'
import { perplexity } from './perplexity.ts'
import { qwen } from './qwen.ts'
import { text } from './text.ts'
import { vivimExport } from './vivim-export.ts'
import { zai } from './zai.ts'

/** The order decides between importers that are equally sure. */
export const IMPORTERS: readonly Importer[] = [
  vivimExport,
  chatgpt,
  claude,
  gemini,
  grok,
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
  page,
  text,
]

export type Assigned = { readonly importer: Importer; readonly detection: Detection }

/** Scores from here on say that somebody knows the archive; below `LAST_RESORT` are those who take what nobody knows. */
const [KNOWN, LAST_RESORT] = [0.5, 0.2]

/**
 * Who reads what: the surest first, each member once. Last resorts are for archives that nobody knows, not for the odds and ends of one that is known.
 *
 * @param only  names of importers, or of providers, to ask; all of them when absent
 */
export async function assigned(archive: Archive, only?: ReadonlySet<string>, importers = IMPORTERS): Promise<readonly Assigned[]> {
  const found: Assigned[] = []
  for (const importer of importers) {
    if (only !== undefined && !only.has(importer.name) && !only.has(importer.provider)) continue
    const detection = await importer.detect(archive)
    if (detection !== null && detection.score > 0) found.push({ importer, detection })
  }
  const isKnown = found.some(({ detection }) => detection.score >= KNOWN)
  const asked = isKnown ? found.filter(({ detection }) => detection.score >= LAST_RESORT) : found
  const taken = new Set<string>()
  return asked
    .toSorted((a, b) => b.detection.score - a.detection.score)
    .flatMap(({ importer, detection }) => {
      const members = detection.members.filter((path) => !taken.has(path))
      for (const path of members) taken.add(path)
      return members.length === 0 ? [] : [{ importer, detection: { ...detection, members } }]
    })
}
