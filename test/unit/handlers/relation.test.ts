import { describe, test } from 'vitest'
import { mute } from '../../../src/handlers/mute.ts'
import { relation } from '../../../src/handlers/relation.ts'
import { samples } from '../events/samples.ts'
import { AT, event, given, HERE, OUTSIDE } from './given.ts'

const pair = { accountId: '1', targetId: '2' }
const reverse = { accountId: '2', targetId: '1' }
const THERE = { account: '2' } as const
const data = { ...samples['social:follow'], ...pair, state: 'requested' as const }
const { uri } = data
const follow = { do: 'Follow', data } as const
const requested = event('social:follow', data)
const accepted = event('social:follow_accept', { ...pair, uri, at: AT })
const rejected = event('social:follow_reject', { ...pair, uri, at: AT })
const unfollowed = event('social:unfollow', { ...pair, uri })
const back = { ...data, ...reverse, uri: 'https://remote.example/follows/9', state: 'accepted' as const }
const followedBack = event('social:follow', back)
const blocking = { ...pair, uri: 'https://here.example/blocks/1', at: AT }
const block = { do: 'Block', data: blocking } as const
const blocked = event('social:block', blocking)
const unblocked = event('social:unblock', { ...pair, uri: blocking.uri })
const blockedBack = event('social:block', { ...blocking, ...reverse })

describe('following', () => {
  test('is recorded', () => given(relation).when(HERE, follow).records(requested))
  test('again changes nothing', () => given(relation, requested).when(HERE, follow).nothing())
  test('again after an acceptance keeps the acceptance', () => given(relation, requested, accepted).when(HERE, follow).nothing())
  test('again with other options changes the options, and keeps uri and acceptance', () => {
    const other = { ...data, reblogs: false, notify: true, languages: null, uri: 'https://here.example/follows/2' }
    given(relation, requested, accepted)
      .when(HERE, { ...follow, data: other })
      .records(event('social:follow', { ...other, uri, state: 'accepted' }))
  })
  test('a request to an account that has unlocked is accepted at once', () =>
    given(relation, requested)
      .when(HERE, { ...follow, data: { ...data, state: 'accepted' } })
      .records(event('social:follow', { ...data, state: 'accepted' })))
  test('asked again by a remote server under a new uri, is recorded, so that it gets its answer', () => {
    const again = { ...back, uri: 'https://remote.example/follows/10' }
    given(relation, followedBack)
      .when(OUTSIDE, { ...follow, data: again })
      .records(event('social:follow', again))
  })
  test('the two directions are two follows', () => given(relation, followedBack).when(HERE, follow).records(requested))
  test('nobody follows themselves', () =>
    given(relation)
      .when(HERE, { ...follow, data: { ...data, targetId: '1' } })
      .refused('INVALID'))
  test('nobody follows for another', () => given(relation).when(THERE, follow).refused('NOT_ALLOWED'))
  test('a block in either direction refuses it', () => {
    given(relation, blocked).when(HERE, follow).refused('NOT_ALLOWED')
    given(relation, blockedBack).when(HERE, follow).refused('NOT_ALLOWED')
  })
  test('a lifted block does not', () => given(relation, blocked, unblocked).when(HERE, follow).records(requested))
})

describe('answering', () => {
  const accept = { do: 'AcceptFollow', pair, at: AT } as const
  const reject = { do: 'RejectFollow', pair, at: AT } as const
  test('the one who was asked accepts, once', () => {
    given(relation, requested).when(THERE, accept).records(accepted)
    given(relation, requested, accepted).when(THERE, accept).nothing()
  })
  test('nobody accepts what nobody asked', () => {
    given(relation).when(THERE, accept).refused('NOT_FOUND')
    given(relation, followedBack).when(THERE, accept).refused('NOT_FOUND')
    given(relation, requested, unfollowed).when(THERE, accept).refused('NOT_FOUND')
  })
  test('the one who asked does not answer', () => {
    given(relation, requested).when(HERE, accept).refused('NOT_ALLOWED')
    given(relation, requested).when(HERE, reject).refused('NOT_ALLOWED')
  })
  test('a request or a standing follow is rejected, once', () => {
    given(relation, requested).when(THERE, reject).records(rejected)
    given(relation, requested, accepted).when(THERE, reject).records(rejected)
    given(relation, requested, rejected).when(THERE, reject).nothing()
  })
  test('after a rejection one may ask again', () => given(relation, requested, rejected).when(HERE, follow).records(requested))
})

describe('unfollowing', () => {
  const unfollow = { do: 'Unfollow', pair } as const
  test('names the follow it ends', () => given(relation, requested, accepted).when(HERE, unfollow).records(unfollowed))
  test('ends a request too', () => given(relation, requested).when(HERE, unfollow).records(unfollowed))
  test('what is not followed is not unfollowed', () => {
    given(relation).when(HERE, unfollow).nothing()
    given(relation, requested, unfollowed).when(HERE, unfollow).nothing()
  })
  test('nobody unfollows for another', () => given(relation, requested).when(THERE, unfollow).refused('NOT_ALLOWED'))
})

describe('blocking', () => {
  test('is recorded, once', () => {
    given(relation).when(HERE, block).records(blocked)
    given(relation, blocked).when(HERE, block).nothing()
  })
  test('ends the follows of both sides, in the same commit', () =>
    given(relation, requested, accepted, followedBack)
      .when(HERE, block)
      .records(blocked, unfollowed, event('social:follow_reject', { ...reverse, uri: back.uri, at: AT })))
  test('both may block', () => given(relation, blockedBack).when(HERE, block).records(blocked))
  test('nobody blocks themselves, or for another', () => {
    given(relation)
      .when(HERE, { ...block, data: { ...blocking, targetId: '1' } })
      .refused('INVALID')
    given(relation).when(THERE, block).refused('NOT_ALLOWED')
  })
  test('is lifted by the one who blocked, once', () => {
    const unblock = { do: 'Unblock', pair } as const
    given(relation, blocked).when(HERE, unblock).records(unblocked)
    given(relation, blocked, unblocked).when(HERE, unblock).nothing()
    given(relation, blockedBack).when(HERE, unblock).nothing()
    given(relation, blocked).when(THERE, unblock).refused('NOT_ALLOWED')
  })
})

describe('muting', () => {
  const terms = { ...samples['social:mute'], ...pair }
  const muted = event('social:mute', terms)
  const take = { do: 'Mute', data: terms } as const
  const unmute = { do: 'Unmute', pair } as const
  test('is recorded, once, whenever it is asked', () => {
    given(mute).when(HERE, take).records(muted)
    given(mute, muted)
      .when(HERE, { ...take, data: { ...terms, at: '2026-02-02T00:00:00.000Z' } })
      .nothing()
  })
  test('again on other terms changes the terms', () => {
    const longer = { ...terms, notifications: false, expiresAt: null }
    given(mute, muted)
      .when(HERE, { ...take, data: longer })
      .records(event('social:mute', longer))
  })
  test('is taken back, once', () => {
    given(mute, muted).when(HERE, unmute).records(event('social:unmute', pair))
    given(mute, muted, event('social:unmute', pair)).when(HERE, unmute).nothing()
    given(mute).when(HERE, unmute).nothing()
  })
  test('nobody mutes themselves, or for another', () => {
    given(mute)
      .when(HERE, { ...take, data: { ...terms, targetId: '1' } })
      .refused('INVALID')
    given(mute).when(THERE, take).refused('NOT_ALLOWED')
    given(mute, muted).when(THERE, unmute).refused('NOT_ALLOWED')
  })
})
