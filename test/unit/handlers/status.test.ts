import { describe, test } from 'vitest'
import { status } from '../../../src/handlers/status.ts'
import { body, samples } from '../events/samples.ts'
import { AT, erased, event, given, HERE, LATER, OUTSIDE } from './given.ts'

const mine = { ...samples['status:create'], accountId: '1', local: true }
const theirs = { ...mine, id: '20', accountId: '2', local: false, text: null, uri: 'https://remote.example/notes/1' }
const { id, uri } = mine
const posted = event('status:create', mine)
const seen = event('status:create', theirs)
const post = { do: 'PostStatus', status: mine } as const
const witness = { do: 'PostStatus', status: theirs } as const
const edited = { ...body, content: '<p>Edited</p>' }
const edit = { do: 'EditStatus', id, uri, accountId: '1', editedAt: AT, body: edited } as const
const update = event('status:update', { id, accountId: '1', editedAt: AT, ...edited })
const remove = { do: 'DeleteStatus', id, uri, accountId: '1', at: AT } as const
const deleted = event('status:delete', { id, accountId: '1', at: AT })
const blank = { ...body, text: ' \n', content: '', spoilerText: '', media: [] }

describe('posting', () => {
  test('a post is recorded whole', () => given(status).when(HERE, post).records(posted))
  test('a remote post is recorded by the instance', () => given(status).when(OUTSIDE, witness).records(seen))
  test('the same post again changes nothing', () => given(status, posted).when(HERE, post).nothing())
  test('a remote post that is known under another id keeps its first', () =>
    given(status, seen)
      .when(OUTSIDE, { ...witness, status: { ...theirs, id: '99' } })
      .refused('ALREADY_EXISTS'))
  test('nobody posts under another’s uri', () =>
    given(status, seen)
      .when(OUTSIDE, { ...witness, status: { ...theirs, accountId: '3' } })
      .refused('NOT_ALLOWED'))
  test('nobody posts in another’s name', () => given(status).when({ account: '2' }, post).refused('NOT_ALLOWED'))
  test('what comes from outside is never a local post', () => given(status).when(OUTSIDE, post).refused('NOT_ALLOWED'))
  test('what is written here is never a remote post', () => given(status).when({ account: '2' }, witness).refused('NOT_ALLOWED'))
  test('a deleted uri never comes back', () => given(status, posted, deleted).when(HERE, post).refused('GONE'))
  test('nor does an erased one', () => given(status, erased('status:create')).when(HERE, post).refused('GONE'))
  test('a local post says something', () => {
    given(status)
      .when(HERE, { ...post, status: { ...mine, ...blank } })
      .refused('INVALID')
    const only = { ...mine, ...blank, spoilerText: 'warning' }
    given(status)
      .when(HERE, { ...post, status: only })
      .records(event('status:create', only))
    const image = { ...mine, ...blank, media: body.media }
    given(status)
      .when(HERE, { ...post, status: image })
      .records(event('status:create', image))
  })
  test('a remote one may be empty', () => {
    const empty = { ...theirs, ...blank, text: null }
    given(status)
      .when(OUTSIDE, { ...witness, status: empty })
      .records(event('status:create', empty))
  })
})

describe('editing', () => {
  test('the author edits', () => given(status, posted).when(HERE, edit).records(update))
  test('nobody else does', () => {
    given(status, posted).when({ account: '2' }, edit).refused('NOT_ALLOWED')
    given(status, posted)
      .when({ account: '2' }, { ...edit, accountId: '2' })
      .refused('NOT_ALLOWED')
  })
  test('nothing from outside touches a local post', () => given(status, posted).when(OUTSIDE, edit).refused('NOT_ALLOWED'))
  test('a remote author edits through the instance', () => {
    const remote = { ...edit, id: '20', uri: theirs.uri, accountId: '2' }
    given(status, seen)
      .when(OUTSIDE, remote)
      .records(event('status:update', { id: '20', accountId: '2', editedAt: AT, ...edited }))
    given(status, seen)
      .when(OUTSIDE, { ...remote, accountId: '3' })
      .refused('NOT_ALLOWED')
  })
  test('an edit that changes nothing is none', () =>
    given(status, posted)
      .when(HERE, { ...edit, body })
      .nothing())
  test('an edit back is an edit', () =>
    given(status, posted, update)
      .when(HERE, { ...edit, editedAt: LATER, body })
      .records(event('status:update', { id, accountId: '1', editedAt: LATER, ...body })))
  test('a thousand times, and no more', () => {
    const edits = Array.from({ length: 1000 }, (_, n) => event('status:update', { ...update.data, content: String(n) }))
    given(status, posted, ...edits.slice(1))
      .when(HERE, edit)
      .records(update)
    given(status, posted, ...edits)
      .when(HERE, edit)
      .refused('INVALID')
    given(status, posted, ...edits)
      .when(HERE, remove)
      .records(deleted)
  })
  test('an older edit that arrives late is history', () =>
    given(status, posted, event('status:update', { ...update.data, editedAt: LATER }))
      .when(HERE, { ...edit, body })
      .nothing())
  test('nothing is edited that is not there', () => {
    given(status).when(HERE, edit).refused('NOT_FOUND')
    given(status, posted)
      .when(HERE, { ...edit, id: '99' })
      .refused('NOT_FOUND')
    given(status, posted, deleted).when(HERE, edit).refused('GONE')
  })
  test('an edit leaves no blank post', () =>
    given(status, posted)
      .when(HERE, { ...edit, body: blank })
      .refused('INVALID'))
})

describe('deleting', () => {
  test('the author deletes', () => given(status, posted).when(HERE, remove).records(deleted))
  test('nobody else does', () =>
    given(status, posted)
      .when({ account: '2' }, { ...remove, accountId: '2' })
      .refused('NOT_ALLOWED'))
  test('nothing from outside deletes a local post', () => given(status, posted).when(OUTSIDE, remove).refused('NOT_ALLOWED'))
  test('again changes nothing', () => given(status, posted, deleted).when(HERE, remove).nothing())
  test('a stranger does not even learn that it is already deleted', () =>
    given(status, posted, deleted)
      .when({ account: '2' }, { ...remove, accountId: '2' })
      .refused('NOT_ALLOWED'))
  test('nothing is deleted that is not there', () => given(status).when(HERE, remove).refused('NOT_FOUND'))
})
