/** `vivim import`: its words and options, and what it prints. */
import path from 'node:path'
import type { Command } from 'commander'
import type { ImportReport } from '../events/conversations.ts'
import type { Reached } from './reach.ts'
import { count, counted, ProgressBar, print, printable, printJson, styled } from './terminal.ts'

type WithInstance = <T>(use: (instance: Reached) => Promise<T>) => Promise<T>
type Options = { readonly account: string; readonly provider?: string; readonly json?: true }

const HELP = `
Zip archives, folders and single files, as the providers export them: ChatGPT, Claude, Gemini (Takeout, AI Studio, CLI), Grok, DeepSeek, Kimi, Qwen,
Z.ai, Mistral, Perplexity, Copilot, Open WebUI, LibreChat, Claude Code, Codex, Cursor, and JSON, JSONL or text of any other source.
An export that comes in several zips: put them into one folder, and give the folder.
Importing the same again adds nothing; a newer export adds what is new. The exit code is 1 when nothing could be imported.`

/** @param onFailed  called when an import came to nothing */
export function addImport(program: Command, withInstance: WithInstance, onFailed: () => void): void {
  program
    .command('import')
    .argument('<file...>', 'exports of other services: zips, folders, files')
    .description('Bring conversations in, and say what became of everything in the files')
    .requiredOption('--account <name>', 'whose they are')
    .option('--provider <name>', 'read them as this, whatever they look like')
    .option('--json', 'print the reports as JSON')
    .addHelpText('after', HELP)
    .action(async (files: readonly string[], { account, provider, json }: Options) => {
      const reports = await withInstance(async (instance) => {
        const made: ImportReport[] = []
        for (const file of files) {
          const report = await oneFile(instance, { account, provider: provider ?? null, file: path.resolve(file) })
          made.push(report)
          if (json !== true) print(reportText(file, report))
        }
        return made
      })
      if (json === true) printJson(reports)
      if (reports.some(({ state }) => state === 'failed')) onFailed()
    })
}

async function oneFile(
  instance: Reached,
  args: { readonly account: string; readonly provider: string | null; readonly file: string },
): Promise<ImportReport> {
  const bar = new ProgressBar()
  return instance.call('import', args, (progress) => bar.update(progress)).finally(() => bar.end())
}

const MOST_LINES = 40
const COLOURS = { complete: 'green', partial: 'yellow', failed: 'red', cancelled: 'yellow' } as const

export function reportText(file: string, report: ImportReport): string {
  const { state, summary, formats, skipped, unknown, missingAssets } = report
  const read = formats.map(({ importer, conversations }) => `${printable(importer)} (${counted(conversations, 'conversation')})`)
  const lines = skipped
    .slice(0, MOST_LINES)
    .map(
      ({ item, reason, detail, count: times }) =>
        `  ${reason.padEnd(14)} ${printable(item)}: ${printable(detail)}${times > 1 ? ` (${count(times)} times)` : ''}`,
    )
  return [
    `${styled('bold', printable(file))}: ${styled(COLOURS[state], state)}. ${printable(summary)}`,
    ...(read.length === 0 ? [] : [`  Read as ${read.join(', ')}.`]),
    ...lines,
    ...(skipped.length > MOST_LINES ? [`  and ${count(skipped.length - MOST_LINES)} more: see --json`] : []),
    ...(unknown.length === 0
      ? []
      : [`  Kept without being understood: ${unknown.map(({ type, count: times }) => `${printable(type)} (${count(times)})`).join(', ')}.`]),
    ...(missingAssets === 0
      ? []
      : [`  ${counted(missingAssets, 'file')} that messages show ${missingAssets === 1 ? 'is' : 'are'} not in the export.`]),
  ].join('\n')
}
