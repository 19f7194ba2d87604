/** Requests that wait for their own write to be readable. */

type Waiter = { readonly position: number; readonly settle: (reached: boolean) => void }

export class Waiters {
  readonly #waiters = new Set<Waiter>()

  /** True when `reached` is told of more than `position`, false after `timeoutMs` or when nothing will come any more. */
  wait(position: number, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiter.settle(false), timeoutMs)
      const waiter: Waiter = {
        position,
        settle: (reached) => {
          clearTimeout(timer)
          this.#waiters.delete(waiter)
          resolve(reached)
        },
      }
      this.#waiters.add(waiter)
    })
  }

  /** `size` commits are in the rows. */
  reached(size: number): void {
    for (const waiter of this.#waiters) if (waiter.position < size) waiter.settle(true)
  }

  giveUp(): void {
    for (const waiter of this.#waiters) waiter.settle(false)
  }
}
