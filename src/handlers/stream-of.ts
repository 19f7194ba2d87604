/** Where an event belongs, for authors who sign on their own devices: a name is a keyed hash that only the instance can compute. Pure. */
import type { DomainEvent } from '../events/catalogue.ts'
import type { Refusal } from './commands.ts'
import { judgeOn, refuse, type StreamKey } from './decider.ts'
import { routeOf } from './routes.ts'
import { type Author, commandOf } from './signed-events.ts'

/** The stream of an event that `author` may sign; nobody learns the names of streams that are not theirs to write. */
export function streamOf(
  event: DomainEvent,
  author: Author,
): { readonly ok: true; readonly stream: StreamKey } | { readonly ok: false; readonly refusal: Refusal } {
  const command = commandOf(event, author)
  if (command === null) return refuse('NOT_ALLOWED', `${event.type} is not for devices to sign`)
  const route = routeOf(command)
  const judged = judgeOn(route, [], { ...command, by: { account: author.id } }) // who asks is judged before what was there
  if (!judged.ok && judged.refusal.code === 'NOT_ALLOWED') return judged
  return { ok: true, stream: route.reads(command)[0] }
}
