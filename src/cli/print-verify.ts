/** What a receipt proves, as people read it. All of it is text of others. */
import { count, printable, styled } from './terminal.ts'
import type { VerifiedPart, VerifyReport } from './verify.ts'

export function verifyText(report: VerifyReport): string {
  if (!report.ok) return `${styled('red', '✘')} ${styled('bold', 'Not proven.')} ${printable(report.reason)}`
  const { log, position, checkpoint } = report
  return [
    `${styled('green', '✔')} ${styled('bold', `Entry ${count(position)} of ${printable(log)}`)}, among ${count(checkpoint.size)} that the log signed.`,
    ...witnessLines(report),
    '',
    ...commitLines(report),
    ...trustLines(report),
  ].join('\n')
}

type Proven = Extract<VerifyReport, { ok: true }>

function witnessLines({ witnesses }: Proven): string[] {
  if (witnesses === null)
    return ['  Unwitnessed, as far as was asked: only the log itself vouches for its tree. A policy (--policy) names witnesses.']
  const { witnessed, by, of } = witnesses
  const names = by.length === 0 ? '' : `: ${by.map(printable).join(', ')}`
  const word = witnessed ? styled('green', 'Witnessed') : styled('yellow', 'Unwitnessed')
  return [`  ${word}: ${by.length} of ${of} witnesses cosigned this tree${names}.`]
}

function commitLines({ commit, leafHash }: Proven): string[] {
  if (commit === null)
    return ['  A private entry, not opened: that it is there is proven, and nothing more can be told.', field('leaf hash', leafHash)]
  const signed = commit.author === 'proven' ? 'signed by a key of this author' : 'the receipt does not show the author’s keys'
  return [
    field('id', commit.id),
    field('time', `${commit.time}, as its author says`),
    field('author', `${commit.actor} (${signed})`),
    field('key', `${commit.key}, number ${commit.seq} of its ${commit.lane} chain`),
    ...commit.events.flatMap(({ type, schema, stream, parts }) => [
      '',
      `  ${styled('bold', printable(type))} ${styled('dim', `v${schema}`)}  ${printable(stream)}`,
      ...parts.flatMap(partLines),
    ]),
  ]
}

function partLines(part: VerifiedPart): string[] {
  if (part.sealed) return [styled('dim', '    not shown by this receipt')]
  const shown = part.json === undefined ? (part.text ?? `${part.codec}, base64: ${part.base64 ?? ''}`) : JSON.stringify(part.json, null, 2)
  return printable(shown)
    .split('\n')
    .map((line) => `    ${line}`)
}

function trustLines({ pinned, verifierKey }: Proven): string[] {
  if (pinned) return []
  return [
    '',
    styled('yellow', '  The receipt named the key of its log itself. To be sure whose log this is, compare the key, and pin it:'),
    `    --vkey '${printable(verifierKey)}'`,
  ]
}

const field = (name: string, value: string): string => `  ${styled('dim', name.padEnd(10))} ${value}`
