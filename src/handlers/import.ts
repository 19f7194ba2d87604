/** Imports: begun once, reported once. What they bring in is recorded by the conversations themselves. */
import { fingerprint } from '../events/fingerprint.ts'
import { accept, actsFor, type CommandOf, type Decider, notYours, type Routes, refuse, route, type StreamKey } from './decider.ts'

/** `start`, `report`: fingerprints, so that a repetition can be told. `accountId` is null when the record was erased. */
export type ImportState =
  | { readonly is: 'absent' }
  | { readonly is: 'there'; readonly accountId: string | null; readonly start: string; readonly report: string | null }

export const imported: Decider<ImportState, CommandOf<'StartImport' | 'ReportImport'>, 'import:start' | 'import:report'> = {
  initial: { is: 'absent' },

  evolve(state, fact) {
    if (fact.type === 'import:start') return { is: 'there', accountId: fact.data?.accountId ?? null, start: fingerprint(fact.data), report: null }
    return state.is === 'there' ? { ...state, report: fingerprint(fact.data) } : state
  },

  decide(state, { by, ...command }) {
    if (!actsFor(by, command.data.accountId)) return notYours()
    if (state.is === 'absent') return command.do === 'StartImport' ? accept({ type: 'import:start', data: command.data }) : notFound()
    if (state.accountId !== command.data.accountId) return notYours()
    const before = command.do === 'StartImport' ? state.start : state.report
    if (before === fingerprint(command.data)) return accept()
    return command.do === 'ReportImport' && before === null ? accept({ type: 'import:report', data: command.data }) : taken()
  },
}

const notFound = () => refuse('NOT_FOUND', 'No such import')
const taken = () => refuse('ALREADY_EXISTS', 'This import is recorded already, otherwise')

const importStream = (id: string): StreamKey => ['import', id]

export const importRoutes: Routes<'StartImport' | 'ReportImport'> = {
  StartImport: route(imported, { reads: ({ data }) => [importStream(data.id)], expectNew: true }),
  ReportImport: route(imported, { reads: ({ data }) => [importStream(data.id)] }),
}
