/** When to refresh the planner's statistics: sooner than autovacuum would, because readers of tables that have just grown plan for what they were. */

const FIRST = 256
const FACTOR = 4

/** True when a log that grew from one size to another passed 256, 1024, 4096, … commits. */
export function statisticsDue(from: number, to: number): boolean {
  let mark = FIRST
  while (mark <= from) mark *= FACTOR
  return to >= mark
}
