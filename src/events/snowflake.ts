/** Ids of accounts, posts and media: 48-bit milliseconds ‖ 16-bit sequence, as decimal text. They sort by (length, text) = by time, as Mastodon clients expect. */

const SEQUENCE = 0x10000n
const SECOND = 1000

/** Id for a moment. `sequence` 0..65535 tells ids of one millisecond apart. */
export const snowflake = (ms: number, sequence: number): string => (BigInt(Math.trunc(ms)) * SEQUENCE + BigInt(sequence & 0xffff)).toString()

/** Milliseconds since the epoch at which an id was made. */
export const snowflakeTime = (id: string): number => Number(BigInt(id) / SEQUENCE)

/**
 * A source of ids that never repeats and never goes back within this process; `random` spreads ids of different processes and restarts.
 * `at` (ms) asks for an id of the past (a remote post's own time). Such ids are random: in their sequence and, because most servers tell whole
 * seconds and a busy network fills each of them with many posts, in their millisecond when `at` is a whole second.
 */
export function snowflakes(now: () => number, random: () => number): (at?: number) => string {
  let ms = 0
  let sequence = 0
  const below = (limit: number) => Math.floor(random() * limit)
  const past = (at: number, current: number) => snowflake(at + (at % SECOND === 0 ? below(Math.min(SECOND, current - at)) : 0), below(0x10000))
  return (at) => {
    const current = Math.max(now(), ms)
    if (at !== undefined && at < current) return past(Math.max(0, Math.trunc(at)), current)
    if (current > ms) {
      ms = current
      sequence = below(0x1000)
    } else if (++sequence > 0xffff) {
      ms += 1
      sequence = 0
    }
    return snowflake(ms, sequence)
  }
}
