/**
 * Whether what a device signed is so: people and posts it names are there and visible to its author, texts are rendered as this instance renders them,
 * times are not of the future. The deciders judge the rest from the streams.
 */
import type { DomainEvent, EventData, EventType, MediaAttachment, Profile } from '../../events/catalogue.ts'
import { sameJson } from '../../events/same.ts'
import type { CheckFacts } from '../../handlers/admit.ts'
import type { Refusal } from '../../handlers/commands.ts'
import { accountById } from '../../projections/read/accounts.ts'
import { mediaByIds } from '../../projections/read/media.ts'
import type { AccountRow } from '../../projections/rows.ts'
import type { SignedIn } from '../auth.ts'
import { ApiError, refused } from '../errors.ts'
import { originalOf, visibleStatus } from '../mastodon/facts.ts'
import { cleanText } from '../mastodon/text/compose.ts'
import { wordsOfProfile } from './signed-profile.ts'
import { checkBoost, checkEdit, checkPin, checkPost, type FactDeps } from './signed-status.ts'

/** How far a device's clock may be ahead, in ms. */
const AHEAD_MS = 5 * 60_000

/** Of one commit: what is being checked, for whom, and what else the commit holds. */
type Scene = {
  readonly deps: FactDeps
  readonly viewer: SignedIn
  readonly events: readonly DomainEvent[]
}

type Check<T extends EventType> = (data: EventData[T], scene: Scene) => void | Promise<void>
type Checks = { readonly [T in EventType]?: Check<T> }

const checks: Checks = {
  'identity:update': checkProfile,
  'status:create': (data, { deps, viewer }) => checkPost(deps, viewer, data),
  'status:update': (data, { deps, viewer, events }) => checkEdit(deps, viewer, data, described(events)),
  'status:boost': (data, { deps, viewer }) => checkBoost(deps, viewer, data),
  'status:like': async (data, scene) => {
    checkUri(data.uri, `${scene.viewer.account.uri}#likes/`)
    await visible(data.statusId, scene)
  },
  'status:bookmark': ({ statusId }, scene) => visible(statusId, scene),
  'status:pin': ({ statusId }, { deps, viewer }) => checkPin(deps, viewer, statusId),
  'social:follow': checkFollow,
  'social:block': async (data, scene) => {
    checkUri(data.uri, `${scene.viewer.account.uri}#blocks/`)
    await person(data.targetId, scene)
  },
  'social:mute': async (data, scene) => {
    await person(data.targetId, scene)
  },
  'media:update': checkDescription,
  'media:delete': checkDiscard,
  'memory:record': ({ derivation }) => {
    if (derivation.engine !== 'person') throw invalid('A device records what its person says; what machines derive, the instance records')
  },
}

/** No other server is asked about people in it: a batch could name thousands. A draft asks, and from then on they are known. */
const NOBODY: FactDeps['resolve'] = { account: async () => null, status: async () => null }

/** The check of one request: everything in it is asked on behalf of `viewer`. */
export function createFactCheck(all: FactDeps, viewer: SignedIn): CheckFacts {
  const deps = { ...all, resolve: NOBODY }
  return async (events) => {
    try {
      for (const event of events) {
        checkTimes(event, deps.now())
        const check = checks[event.type] as Check<EventType> | undefined
        await check?.(event.data as EventData[EventType], { deps, viewer, events })
      }
      return null
    } catch (error) {
      if (error instanceof ApiError && error.status < 500) return { code: codeOf(error), message: error.message }
      throw error
    }
  }
}

const codeOf = ({ status }: ApiError): Refusal['code'] => (status === 404 ? 'NOT_FOUND' : status === 403 ? 'NOT_ALLOWED' : 'INVALID')
const invalid = (message: string): ApiError => refused({ code: 'INVALID', message })

/** Late is normal: a device may have been without a network. */
function checkTimes({ data }: DomainEvent, now: number): void {
  for (const name of ['at', 'createdAt', 'editedAt']) {
    const time = (data as Readonly<Record<string, unknown>>)[name]
    if (typeof time === 'string' && Date.parse(time) > now + AHEAD_MS) throw invalid(`${name} is in the future`)
  }
}

/** Activity ids are ours to shape: below the actor, with a number at the end. */
function checkUri(uri: string, prefix: string): void {
  if (!uri.startsWith(prefix) || !/^\d{1,19}$/.test(uri.slice(prefix.length))) throw invalid(`uri must be ${prefix} and a number`)
}

async function visible(statusId: string, { deps, viewer }: Scene): Promise<void> {
  const status = await visibleStatus(deps, statusId, viewer.account.id)
  if ((await originalOf(deps, status, viewer.account.id)).id !== statusId) throw invalid('Reactions go to the post itself, not to a boost of it')
}

async function person(id: string, { deps }: Scene): Promise<AccountRow> {
  const account = await accountById(deps.pool, id)
  if (account === null || account.deleted_at !== null) throw refused({ code: 'NOT_FOUND', message: 'No such account' })
  return account
}

async function checkFollow(data: EventData['social:follow'], scene: Scene): Promise<void> {
  const target = await person(data.targetId, scene)
  const state = target.domain === null && !target.locked ? 'accepted' : 'requested'
  checkUri(data.uri, `${scene.viewer.account.uri}#follows/`)
  if (data.state !== state) throw invalid(`state must be ${state}: so this person wants it`)
}

/** Pictures come by upload; everything shown is what this instance makes of the words typed. */
async function checkProfile({ profile }: EventData['identity:update'], { deps, viewer: { account } }: Scene): Promise<void> {
  const words = await wordsOfProfile(deps, account, profile)
  const shown: Profile = { ...profile, ...words, avatar: account.avatar, header: account.header, emojis: [] }
  if (!sameJson(profile, shown)) throw invalid('The profile is not what this instance would show for these words')
}

/** Other words or another focus; everything else of a file stays as it is. */
async function checkDescription({ attachment }: EventData['media:update'], { deps, viewer }: Scene): Promise<void> {
  const [row] = await mediaByIds(deps.pool, viewer.account.id, [attachment.id])
  if (row === undefined) throw refused({ code: 'NOT_FOUND', message: 'No such media' })
  const { description, meta } = attachment
  const same = { ...row.attachment, description, meta: { ...row.attachment.meta, ...(meta.focus !== undefined && { focus: meta.focus }) } }
  if (!sameJson(attachment, same)) throw invalid('Only the description and the focus of a file can change')
  if (description !== null && cleanText(description) !== description) throw invalid('The description is not clean text')
}

/** A file goes alone, or together with the post that shows it. */
async function checkDiscard({ id }: EventData['media:delete'], { deps, viewer, events }: Scene): Promise<void> {
  const [row] = await mediaByIds(deps.pool, viewer.account.id, [id])
  if (row === undefined) throw refused({ code: 'NOT_FOUND', message: 'No such media' })
  const goes = events.some((event) => event.type === 'status:delete' && event.data.id === row.status_id)
  if (row.status_id !== null && !goes) throw invalid('A post still shows this file')
}

/** Files as this very commit describes them anew. */
function described(events: readonly DomainEvent[]): ReadonlyMap<string, MediaAttachment> {
  return new Map(events.flatMap((event) => (event.type === 'media:update' ? [[event.data.attachment.id, event.data.attachment] as const] : [])))
}
