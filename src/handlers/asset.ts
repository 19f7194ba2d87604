/** Files that belong to conversations: stored once per content, deleted with the last that needs them, stored again when one comes back. */
import { accept, actsFor, type CommandOf, type Decider, notYours, type Routes, refuse, route, type StreamKey } from './decider.ts'

/** `accountId` is null when the record was erased. */
export type AssetState =
  | { readonly is: 'absent' }
  | { readonly is: 'there'; readonly accountId: string; readonly sha256: string }
  | { readonly is: 'deleted'; readonly accountId: string | null }

export const asset: Decider<AssetState, CommandOf<'StoreAsset' | 'DeleteAsset'>, 'asset:store' | 'asset:delete'> = {
  initial: { is: 'absent' },

  evolve(state, fact) {
    if (fact.type === 'asset:store' && fact.data !== null) return { is: 'there', accountId: fact.data.accountId, sha256: fact.data.sha256 }
    return { is: 'deleted', accountId: state.is === 'absent' ? null : state.accountId }
  },

  decide(state, { by, ...command }) {
    if (!actsFor(by, command.data.accountId)) return notYours()
    if (state.is !== 'absent' && state.accountId !== null && state.accountId !== command.data.accountId) return notYours()
    if (command.do === 'DeleteAsset') {
      if (state.is === 'absent') return refuse('NOT_FOUND', 'No such file')
      return state.is === 'deleted' ? accept() : accept({ type: 'asset:delete', data: command.data })
    }
    if (state.is !== 'there') return accept({ type: 'asset:store', data: command.data })
    return state.sha256 === command.data.sha256 ? accept() : refuse('ALREADY_EXISTS', 'This id is taken')
  },
}

export const assetStream = (id: string): StreamKey => ['asset', id]

export const assetRoutes: Routes<'StoreAsset' | 'DeleteAsset'> = {
  StoreAsset: route(asset, { reads: ({ data }) => [assetStream(data.id)], expectNew: true }),
  DeleteAsset: route(asset, { reads: ({ data }) => [assetStream(data.id)] }),
}
