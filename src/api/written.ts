/**
 * What a request has written. It may be several commits, deep inside its route: each is noted under the request's own context, so that no route has to
 * pass it along.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

/** Positions that one request wrote, in order. */
export type Written = Set<number>

const underWay = new AsyncLocalStorage<Written>()

/** Runs `work`, and whatever it leads to, with every position that it writes noted in `written`. */
export const noting = (written: Written, work: () => void): void => underWay.run(written, work)

/** Notes that the request under way wrote the commit at `position`. Costs nothing where nobody wants to know. */
export function noteWritten(position: number): void {
  underWay.getStore()?.add(position)
}
