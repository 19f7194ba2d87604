/**
 * Commands: what callers (API, federation, CLI) ask for, with every looked-up fact inside. A command names its decider by `do`.
 * Ids, times and rendered text are the caller's; the deciders only judge.
 */
import type {
  ActorKey,
  ActorLinks,
  EventData,
  EventType,
  MediaAttachment,
  Pair,
  Profile,
  Reaction,
  StatusBody,
  StatusIdentity,
} from '../events/catalogue.ts'

export type Command =
  | { readonly do: 'SetUpInstance'; readonly data: EventData['instance:create'] }
  | { readonly do: 'UpdateInstance'; readonly data: EventData['instance:update'] }
  | { readonly do: 'CreateAccount'; readonly data: EventData['identity:create']; readonly credential: EventData['identity:credential'] }
  | { readonly do: 'UpdateProfile'; readonly id: string; readonly profile: Profile }
  | { readonly do: 'SetCredential'; readonly data: EventData['identity:credential'] }
  | { readonly do: 'DeleteAccount'; readonly id: string; readonly username: string; readonly at: string }
  | { readonly do: 'DiscoverActor'; readonly data: EventData['identity:discover'] }
  | {
      readonly do: 'RefreshActor'
      readonly id: string
      readonly uri: string
      readonly profile: Profile
      readonly links: ActorLinks
      readonly keys: readonly ActorKey[]
    }
  | { readonly do: 'DeleteActor'; readonly id: string; readonly uri: string; readonly at: string }
  | { readonly do: 'PostStatus'; readonly status: StatusIdentity & StatusBody }
  | {
      readonly do: 'EditStatus'
      readonly id: string
      readonly uri: string
      readonly accountId: string
      readonly editedAt: string
      readonly body: StatusBody
    }
  | { readonly do: 'DeleteStatus'; readonly id: string; readonly uri: string; readonly accountId: string; readonly at: string }
  | { readonly do: 'Boost'; readonly data: EventData['status:boost'] }
  | { readonly do: 'Unboost'; readonly accountId: string; readonly statusId: string }
  | { readonly do: 'Like'; readonly data: EventData['status:like'] }
  | { readonly do: 'Unlike'; readonly accountId: string; readonly statusId: string }
  | { readonly do: 'Bookmark'; readonly data: EventData['status:bookmark'] }
  | { readonly do: 'Unbookmark'; readonly data: Reaction }
  | { readonly do: 'Pin'; readonly data: EventData['status:pin'] }
  | { readonly do: 'Unpin'; readonly data: Reaction }
  | { readonly do: 'Follow'; readonly data: EventData['social:follow'] }
  | { readonly do: 'AcceptFollow'; readonly pair: Pair; readonly at: string }
  | { readonly do: 'RejectFollow'; readonly pair: Pair; readonly at: string }
  | { readonly do: 'Unfollow'; readonly pair: Pair }
  | { readonly do: 'Block'; readonly data: EventData['social:block'] }
  | { readonly do: 'Unblock'; readonly pair: Pair }
  | { readonly do: 'Mute'; readonly data: EventData['social:mute'] }
  | { readonly do: 'Unmute'; readonly pair: Pair }
  | { readonly do: 'Report'; readonly data: EventData['social:report'] }
  | { readonly do: 'AddMedia'; readonly data: EventData['media:create'] }
  | { readonly do: 'DescribeMedia'; readonly accountId: string; readonly attachment: MediaAttachment }
  | { readonly do: 'DeleteMedia'; readonly data: EventData['media:delete'] }
  | { readonly do: 'SetMarker'; readonly data: EventData['marker:set'] }
  | { readonly do: 'DismissNotification'; readonly data: EventData['notification:dismiss'] }
  | { readonly do: 'ClearNotifications'; readonly data: EventData['notification:clear'] }
  | { readonly do: 'RegisterApp'; readonly data: EventData['app:register'] }
  | { readonly do: 'Grant'; readonly data: EventData['grant:create'] }
  | { readonly do: 'RevokeGrant'; readonly id: string; readonly at: string }
  | { readonly do: 'OpenSession'; readonly data: EventData['session:create'] }
  | { readonly do: 'CloseSession'; readonly id: string; readonly at: string }
  | { readonly do: 'WitnessLog'; readonly data: EventData['witness:add'] }
  | { readonly do: 'StopWitnessing'; readonly data: EventData['witness:remove'] }
  | ConversationCommand
  | MemoryCommand

/** Asks for exactly this to be recorded. */
type ToRecord<D extends string, T extends EventType> = { readonly do: D; readonly data: EventData[T] }

export type ConversationCommand =
  | ToRecord<'CreateConversation', 'conversation:create'>
  | ToRecord<'UpdateConversation', 'conversation:update'>
  | ToRecord<'DeleteConversation', 'conversation:delete'>
  | ToRecord<'ShareConversation', 'conversation:share'>
  | ToRecord<'UnshareConversation', 'conversation:unshare'>
  /** A message that is there already, and says something else, is updated; that says the same, is left alone. */
  | ToRecord<'AddMessage', 'message:add'>
  | ToRecord<'StoreAsset', 'asset:store'>
  | ToRecord<'DeleteAsset', 'asset:delete'>
  | ToRecord<'StartImport', 'import:start'>
  | ToRecord<'ReportImport', 'import:report'>
  | ToRecord<'CreateShelf', 'shelf:create'>
  | ToRecord<'UpdateShelf', 'shelf:update'>
  | ToRecord<'DeleteShelf', 'shelf:delete'>
  | ToRecord<'PutOnShelf', 'shelf:put'>
  | ToRecord<'TakeFromShelf', 'shelf:take'>

export type MemoryCommand =
  | ToRecord<'SegmentMessages', 'acu:segment'>
  | ToRecord<'CreateAcu', 'acu:create'>
  | ToRecord<'DeleteAcu', 'acu:delete'>
  | ToRecord<'LinkAcus', 'acu:link'>
  | ToRecord<'UnlinkAcus', 'acu:unlink'>
  | ToRecord<'RecordMemory', 'memory:record'>
  | ToRecord<'SupportMemory', 'memory:support'>
  | ToRecord<'SupersedeMemory', 'memory:supersede'>
  | ToRecord<'DisputeMemory', 'memory:dispute'>
  | ToRecord<'ResolveMemory', 'memory:resolve'>
  | ToRecord<'ConfirmMemory', 'memory:confirm'>
  | ToRecord<'CorrectMemory', 'memory:correct'>
  | ToRecord<'PinMemory', 'memory:pin'>
  | ToRecord<'UnpinMemory', 'memory:unpin'>
  | ToRecord<'ArchiveMemory', 'memory:archive'>
  | ToRecord<'RestoreMemory', 'memory:restore'>
  | ToRecord<'ForgetMemory', 'memory:forget'>
  | ToRecord<'RelateMemories', 'memory:relate'>
  | ToRecord<'UnrelateMemories', 'memory:unrelate'>
  | ToRecord<'NoteAccess', 'memory:access'>
  | ToRecord<'ReportExtraction', 'extraction:report'>
  | ToRecord<'AddModel', 'model:add'>
  | ToRecord<'RemoveModel', 'model:remove'>
  | ToRecord<'SetContext', 'context:settings'>
  | ToRecord<'SaveRecipe', 'recipe:save'>
  | ToRecord<'DeleteRecipe', 'recipe:delete'>

/**
 * A domain "no". `code` is stable and maps to HTTP in src/api/errors.ts; `message` is client-safe.
 * ALREADY_EXISTS for `PostStatus` and `DiscoverActor`: the uri is recorded under another id, which is the one to use. INVALID names event and path.
 */
export type Refusal = {
  readonly code: 'NOT_FOUND' | 'ALREADY_EXISTS' | 'NOT_ALLOWED' | 'GONE' | 'INVALID' | 'NOT_SET_UP'
  readonly message: string
}

/** An inbound activity that caused the commands: makes the commit carry evidence, and makes the whole request happen once per activity id. */
export type Evidence = { readonly data: EventData['activity:receive']; readonly bytes: Uint8Array }

export type Request = {
  /** Who signs: a local account, or the instance (set-up, access, everything from the Fediverse). */
  readonly by: { readonly account: string } | 'instance'
  /** Executed in order as ONE commit: all or nothing. `SetUpInstance` and `CreateAccount` make a signer and stand alone. */
  readonly commands: readonly Command[]
  /**
   * `public` only when every event may be read by a stranger: public/unlisted posts and reactions to them, account creation and profiles.
   * A commit with an event that is surely not for strangers (a bookmark, a post for followers, its deletion) is private whatever is asked.
   */
  readonly lane: 'public' | 'private'
  readonly evidence?: Evidence
  readonly idempotencyKey?: string
}

export type Outcome =
  /** Durable at `position`; null when nothing was new (already true, or the activity id was seen before). */
  { readonly ok: true; readonly position: number | null; readonly repeated: boolean } | { readonly ok: false; readonly refusal: Refusal }

/** The one write path of the application. @throws {LedgerFault} never for a rule of the domain */
export type Execute = (request: Request) => Promise<Outcome>
