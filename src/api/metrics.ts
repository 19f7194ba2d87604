/**
 * Numbers for monitoring, in Prometheus' text format: the log and its witnesses. They say nothing that /api/vivim/v1/log does not say to anybody.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import type { FastifyInstance } from 'fastify'
import type { WitnessingStatus } from '../ledger/witnessing.ts'
import type { ApiDeps } from './deps.ts'
import { remembered } from './remembered.ts'

/** Numbers may be this old, ms: strangers ask, too. */
const KNOWN_MS = 1_000
const TYPE = 'text/plain; version=0.0.4; charset=utf-8'

type Metric = {
  readonly name: string
  readonly kind: 'gauge' | 'counter'
  readonly help: string
  readonly samples: readonly { readonly labels?: Readonly<Record<string, string>>; readonly value: number }[]
}

export function registerMetrics(app: FastifyInstance, { ledger, witnessing, now }: Pick<ApiDeps, 'ledger' | 'witnessing' | 'now'>): void {
  const status = remembered(KNOWN_MS, now, async () => (await witnessing?.status()) ?? null)
  app.get('/metrics', async (_request, reply) => {
    const log = { size: ledger.head().size, readOnly: ledger.readOnly !== null }
    return reply
      .type(TYPE)
      .header('cache-control', 'no-store')
      .send(metricsText([...logMetrics(log), ...witnessMetrics(await status())]))
  })
}

/** Every metric with its samples, one line each. */
export function metricsText(metrics: readonly Metric[]): string {
  const lines = metrics.flatMap(({ name, kind, help, samples }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${kind}`,
    ...samples.map(({ labels = {}, value }) => `${name}${labelsText(labels)} ${value}`),
  ])
  return `${lines.join('\n')}\n`
}

const logMetrics = ({ size, readOnly }: { readonly size: number; readonly readOnly: boolean }): Metric[] => [
  gauge('vivim_log_entries', 'Entries in the log.', size),
  gauge('vivim_log_read_only', '1 while nothing may be appended.', readOnly ? 1 : 0),
]

function witnessMetrics(status: WitnessingStatus | null): Metric[] {
  if (status === null) return []
  const { witnessed, witnesses, logs, counts } = status
  return [
    gauge('vivim_log_witnessed_entries', 'Entries under the newest checkpoint that met the quorum.', witnessed?.size ?? 0),
    {
      ...gauge('vivim_witness_cosigned_entries', 'Entries under the newest checkpoint that this witness cosigned.', 0),
      samples: witnesses.map(({ name, size }) => ({ labels: { witness: name }, value: size })),
    },
    {
      ...gauge('vivim_witness_failing', '1 while this witness does not cosign.', 0),
      samples: witnesses.map(({ name, problem }) => ({ labels: { witness: name }, value: problem === null ? 0 : 1 })),
    },
    {
      ...gauge('vivim_witnessed_log_entries', 'Entries under the newest checkpoint of this log that we cosigned.', 0),
      samples: logs.map(({ origin, size }) => ({ labels: { log: origin }, value: size })),
    },
    counter('vivim_witness_cosignatures_total', 'Cosignatures that came for our checkpoints.', counts.cosigned),
    counter('vivim_witness_failures_total', 'Requests to witnesses that failed.', counts.failed),
    counter('vivim_equivocations_total', 'Keys and logs found to have signed two things that cannot both be true.', counts.alarms),
  ]
}

const gauge = (name: string, help: string, value: number): Metric => ({ name, kind: 'gauge', help, samples: [{ value }] })
const counter = (name: string, help: string, value: number): Metric => ({ name, kind: 'counter', help, samples: [{ value }] })

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
