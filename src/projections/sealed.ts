/**
 * DDL of sealed columns. Stored as they are, because what is encrypted does not get smaller; and never sampled: the planner would keep copies of
 * rows that are gone, which the instance could still open.
 */
export const sealedColumns = (...columns: readonly (readonly [table: string, column: string])[]): string =>
  columns.map(([table, column]) => `alter table ${table} alter ${column} set storage external, alter ${column} set statistics 0;`).join('\n')
