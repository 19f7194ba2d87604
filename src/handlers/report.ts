/** Reports of an account to whoever moderates it: recorded once, by a person here or by another server. */
import { accept, actsFor, type CommandOf, type Decider, notYours, type Routes, refuse, route } from './decider.ts'

/** Whether the report is recorded. */
export type Report = 'absent' | 'filed'

export const report: Decider<Report, CommandOf<'Report'>, 'social:report'> = {
  initial: 'absent',
  evolve: () => 'filed',
  decide(state, { by, data }) {
    if (!actsFor(by, data.accountId)) return notYours()
    if (data.accountId === data.targetId) return refuse('INVALID', 'You cannot report yourself')
    return state === 'filed' ? accept() : accept({ type: 'social:report', data })
  },
}

export const reportRoutes: Routes<'Report'> = {
  Report: route(report, { reads: ({ data }) => [['report', data.id]], expectNew: true }),
}
