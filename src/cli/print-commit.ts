/** One entry of the log as people read it, and the proof checked here, not believed. */
import { blindedLeaf, commitId, publicLeaf } from '../ledger/commit.ts'
import { parseCheckpoint } from '../ledger/tlog/checkpoint.ts'
import { leafHash, verifyInclusion } from '../ledger/tlog/merkle.ts'
import { parseNote } from '../ledger/tlog/note.ts'
import type { ShownCommit, ShownPart } from './show-commit.ts'
import { printable, styled } from './terminal.ts'

export function commitText(commit: ShownCommit): string {
  const { checkpoint, proof } = commit
  const included = isIncluded(commit)
  return [
    `${styled('bold', `Entry ${commit.position}`)}  ${commit.id}`,
    ...header(commit),
    ...commit.events.flatMap(eventLines),
    '',
    `${included ? styled('green', '✔ included') : styled('red', '✘ NOT included')} as leaf ${proof.index} of ${proof.size}; leaf hash ${commit.leafHash}`,
    ...proof.hashes.map((hash) => styled('dim', `    ${hash}`)),
    ...checkpoint
      .trimEnd()
      .split('\n')
      .map((line) => styled('dim', `  ${line}`)),
  ].join('\n')
}

/** True when commit, signature and path make the root that the checkpoint signs. The checkpoint's own signature is for `audit` to judge. */
export function isIncluded({ id, commit, signature, blinding, proof, checkpoint }: ShownCommit): boolean {
  const bytes = unhex(commit)
  const leaf = blinding === null ? publicLeaf(bytes, unhex(signature)) : blindedLeaf(bytes, unhex(signature), unhex(blinding))
  const { size, root } = parseCheckpoint(parseNote(checkpoint).text)
  const path = { index: proof.index, size: proof.size, leaf: leafHash(leaf), proof: proof.hashes.map(unhex), root }
  return size === proof.size && Buffer.from(commitId(bytes)).toString('hex') === id && verifyInclusion(path)
}

function header({ lane, time, counter, actor, key, seq, prev, seen, deps, pre, signature }: ShownCommit): string[] {
  return [
    field('time', `${time}${counter > 0 ? ` (${counter})` : ''}`),
    field('actor', actor),
    field('key', `${key}, number ${seq} of its ${lane} chain`),
    field('after', prev ?? 'nothing: the first of the chain'),
    ...(seen === null ? [] : [field('has seen', `the log at size ${seen.size}, root ${seen.root}`)]),
    ...deps.map((dep) => field('acts upon', dep)),
    ...pre.map(([stream, expected]) => field('provided', `${stream} is at ${expected}`)),
    field('signature', signature),
  ]
}

function eventLines({ type, schema, stream, revision, parts }: ShownCommit['events'][number]): string[] {
  return ['', `  ${styled('bold', type)} ${styled('dim', `v${schema}`)}  ${stream} at revision ${revision}`, ...parts.flatMap(partLines)]
}

function partLines(part: ShownPart): string[] {
  if (part.erased) return [styled('yellow', '    erased')]
  const shown = part.json === undefined ? (part.text ?? `${part.codec}, base64: ${part.base64 ?? ''}`) : JSON.stringify(part.json, null, 2)
  return printable(shown)
    .split('\n')
    .map((line) => `    ${line}`)
}

const field = (name: string, value: string): string => `  ${styled('dim', name.padEnd(10))} ${value}`
const unhex = (text: string): Uint8Array => Buffer.from(text, 'hex')
