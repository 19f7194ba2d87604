/** The logs whose checkpoints this instance cosigns: the operator names them, one verifier key at a time. */
import type { EventData } from '../events/catalogue.ts'
import { accept, type CommandOf, type Decider, notYours, type Routes, refuse, route, type StreamKey } from './decider.ts'

export type WitnessedLog = Pick<EventData['witness:add'], 'vkey' | 'url'>

/** In the order in which they were named. */
export type WitnessedLogs = readonly WitnessedLog[]

/** Each costs a look into a table for every request about it; a public witness has a few dozen. */
export const MAX_WITNESSED_LOGS = 1_000

export const witnessing: Decider<WitnessedLogs, CommandOf<'WitnessLog' | 'StopWitnessing'>, 'witness:add' | 'witness:remove'> = {
  initial: [],

  evolve(state, { type, data }) {
    if (data === null) return state
    const others = state.filter(({ vkey }) => vkey !== data.vkey)
    return type === 'witness:add' ? [...others, { vkey: data.vkey, url: data.url }] : others
  },

  decide(state, command) {
    if (command.by !== 'instance') return notYours()
    const { vkey } = command.data
    const known = state.find((log) => log.vkey === vkey)
    if (command.do === 'StopWitnessing') return known === undefined ? accept() : accept({ type: 'witness:remove', data: command.data })
    if (known !== undefined && known.url === command.data.url) return accept()
    if (known === undefined && state.length >= MAX_WITNESSED_LOGS)
      return refuse('INVALID', `This instance witnesses ${MAX_WITNESSED_LOGS} logs already`)
    return accept({ type: 'witness:add', data: command.data })
  },
}

export const witnessedLogsStream = (): StreamKey => ['witness', 'logs']

export const witnessRoutes: Routes<'WitnessLog' | 'StopWitnessing'> = {
  WitnessLog: route(witnessing, { reads: () => [witnessedLogsStream()] }),
  StopWitnessing: route(witnessing, { reads: () => [witnessedLogsStream()] }),
}
