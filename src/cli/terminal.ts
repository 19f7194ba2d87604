/** What people see: styled text on stdout, a progress bar on stderr. Pipes and files get neither colours nor bars. */
import { styleText } from 'node:util'
import type { Progress } from './command.ts'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow'

/** `text` in a style, where stdout is a terminal that shows styles. */
export const styled = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout })

/** 10000 → "10,000". */
export const count = (n: number): string => n.toLocaleString('en')

/** 1, "key" → "1 key"; 2, "key" → "2 keys". */
export const counted = (n: number, noun: string, plural = `${noun}s`): string => `${count(n)} ${n === 1 ? noun : plural}`

/** What others wrote must not steer this terminal: no control characters, no change of writing direction. Lines stay. */
export const printable = (text: string): string => text.replaceAll('\r\n', '\n').replace(STEERING, '·')

const STEERING = /(?!\n)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/** Result of a command on stdout, as JSON. What would steer a terminal is written as JSON's escapes. */
export const printJson = (value: unknown): void => print(jsonText(value))

export const jsonText = (value: unknown): string =>
  JSON.stringify(value, null, 2).replace(STEERING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

export const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** For the person at the terminal, never for a script. */
export const remark = (text: string): void => void process.stderr.write(`${text}\n`)

const WIDTH = 30
const INTERVAL_MS = 80

/** A bar on stderr, redrawn in place; nothing when stderr is no terminal. */
export class ProgressBar {
  readonly #isShown = process.stderr.isTTY
  #drawn = 0

  update({ label, done, total }: Progress): void {
    const now = performance.now()
    if (!this.#isShown || (now - this.#drawn < INTERVAL_MS && done < total)) return
    this.#drawn = now
    process.stderr.write(`\r\u001b[K${barText({ label, done, total })}`)
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#drawn > 0) process.stderr.write('\r\u001b[K')
    this.#drawn = 0
  }
}

/** `total` 0: unknown. */
export function barText({ label, done, total }: Progress): string {
  if (total === 0) return `${label}  ${count(done)}`
  const share = Math.min(1, done / total)
  const filled = Math.round(share * WIDTH)
  return `${label}  ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}  ${Math.floor(share * 100)} %  ${count(done)} of ${count(total)}`
}
