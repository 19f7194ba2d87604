/** Markdown cut into its fenced code and what stands between: found line by line, nothing else of it is read. Pure. */

/** `text`: of code, what is inside the fence; of the rest, as it stands. */
export type Part = {
  readonly is: 'code' | 'words'
  readonly text: string /** Its lines as they were written, fences and all. */
  readonly whole: string
}

/** A fence that is not closed goes to the end, as Markdown says. @see CommonMark 0.31 section 4.5 */
export function partsOf(markdown: string): Part[] {
  if (!markdown.includes('```') && !markdown.includes('~~~')) return markdown === '' ? [] : [{ is: 'words', text: markdown, whole: markdown }]
  const parts: Part[] = []
  let [opening, lines]: [string | null, string[]] = [null, []]
  let fence = ''
  const close = (closing?: string) => {
    const text = lines.join('\n')
    if (opening !== null) parts.push({ is: 'code', text, whole: [opening, ...lines, ...(closing === undefined ? [] : [closing])].join('\n') })
    else if (lines.length > 0) parts.push({ is: 'words', text, whole: text })
    lines = []
  }
  for (const line of markdown.split('\n')) {
    const found = fenceOf(line)
    if (opening === null && found !== null && !(found.startsWith('`') && line.trimStart().slice(found.length).includes('`'))) {
      close()
      ;[opening, fence] = [line, found]
    } else if (opening !== null && found !== null && found.startsWith(fence) && line.trim() === found) {
      close(line)
      opening = null
    } else lines.push(line)
  }
  close()
  return parts
}

const fenceOf = (line: string): string | null => /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1] ?? null
