/** State of the projections as a table. */
import type { ResultOf } from './commands.ts'
import { count, printable, styled } from './terminal.ts'

export function projectionsText({ size, projections }: ResultOf<'projections status'>): string {
  const rows = projections.map(({ name, version, position, lag, parked, proven, halted }) => [
    name,
    `v${version}`,
    `${count(position)} of ${count(size)}`,
    lag === 0 ? 'up to date' : `${count(lag)} behind`,
    parked === 0 ? '' : `${count(parked)} parked`,
    halted === null ? (proven ? styled('green', 'proven complete') : styled('red', 'NOT proven')) : styled('red', `halted: ${printable(halted)}`),
  ])
  return table(rows)
}

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
