/** The point of a picture that must stay visible when it is cropped. Pure. */
import { invalid, type Params, text } from '../forms.ts'

export type Focus = { readonly x: number; readonly y: number }

/** `focus=x,y`, each -1..1 from the centre, y upwards. Undefined when absent or empty. @throws {ApiError} 422 */
export function focusOf(params: Params): Focus | undefined {
  const value = text(params, 'focus')
  if (value === undefined || value === '') return undefined
  const [x = Number.NaN, y = Number.NaN, ...rest] = value
    .split(',')
    .map((part) => (/^\s*[+-]?(?:\d+\.?\d*|\.\d+)\s*$/.test(part) ? Number(part) : Number.NaN))
  if (rest.length > 0 || !(Math.abs(x) <= 1) || !(Math.abs(y) <= 1)) throw invalid('focus', 'must be two numbers between -1 and 1')
  return { x, y }
}
