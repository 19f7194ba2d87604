/** One measured number, and how a run of measurements is printed. */

export type Row = {
  /** Stable name, e.g. `status.post.p95`. */
  readonly metric: string
  readonly value: number
  readonly unit: string
  /** What it must reach, and in which direction, from the issue that set it. */
  readonly target?: { readonly atMost: number } | { readonly atLeast: number }
  /** What it was compared with in the same run. */
  readonly peer?: string
  readonly ratio?: number
}

export type Bench = {
  /** Prefixes of the metrics it gives, so that `--only` can skip the rest. */
  readonly metrics: readonly string[]
  readonly run: (options: BenchOptions) => Promise<readonly Row[]>
}

export type BenchOptions = {
  /** Smaller data, the same metrics. */
  readonly quick: boolean
  readonly say: (text: string) => void
  /** True when this metric, or one that begins so, was asked for. */
  readonly wanted: (metric: string) => boolean
  /** Entries in the log of the deep measurements. */
  readonly deep: number
  /** A file of LoCoMo's shape to find evidence in; without, an invented corpus is used. */
  readonly locomo?: string | undefined
}

/** The value below which `share` (0..1) of the samples lie. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

export function table(rows: readonly Row[]): string {
  const lines = rows.map(({ metric, value, unit, target, peer, ratio }) => [
    metric,
    value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1),
    unit,
    target === undefined ? '' : 'atMost' in target ? `≤ ${target.atMost.toLocaleString('en')}` : `≥ ${target.atLeast.toLocaleString('en')}`,
    target === undefined ? '' : met(value, target) ? 'ok' : 'MISSED',
    ratio === undefined ? '' : `${ratio.toFixed(1)}× ${peer ?? ''}`,
  ])
  const all = [['metric', 'value', 'unit', 'target', '', 'ratio'], ...lines]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? []
  return all
    .map((line) =>
      line
        .map((cell, column) => (column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const met = (value: number, target: NonNullable<Row['target']>): boolean => ('atMost' in target ? value <= target.atMost : value >= target.atLeast)
