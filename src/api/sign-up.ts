/** New people on this instance, and its first owner. Used by the set-up page and by the command line. */
import type { EventData } from '../events/catalogue.ts'
import { EMPTY_PROFILE } from '../events/profile.ts'
import { isReserved, isUsername } from '../handlers/username.ts'
import { createAccountKeys } from '../host/actor-keys.ts'
import { hashPassword } from '../host/password.ts'
import { instance } from '../projections/read/access.ts'
import { localAccount } from '../projections/read/accounts.ts'
import { type ApiDeps, perform } from './deps.ts'
import { unprocessable } from './errors.ts'
import { VERSION } from './version.ts'

type Deps = Pick<ApiDeps, 'config' | 'pool' | 'ledger' | 'execute' | 'projections' | 'newId' | 'now' | 'passwordCost'>

export type NewAccount = {
  readonly username: string
  readonly password: string
  readonly email: string | null
  /** The first account becomes the owner whatever is asked; there is only one. */
  readonly role: 'owner' | 'user'
}

/** Characters of a password. */
export const SHORTEST_PASSWORD = 10
export const LONGEST_PASSWORD = 200
/** Characters of the instance's name. */
export const LONGEST_TITLE = 100

/**
 * Creates the instance and its owner. Safe to repeat after a crash in between: an instance that exists already is left as it is.
 *
 * @throws {ApiError} 422 before anything is recorded when a value is not acceptable; 403 when there is an owner already
 */
export async function setUpInstance(deps: Deps, title: string, owner: Omit<NewAccount, 'role'>): Promise<{ readonly id: string }> {
  const problem = titleProblem(title) ?? usernameProblem(owner.username, 'owner') ?? passwordProblem(owner.password)
  if (problem !== null) throw unprocessable(problem)
  if ((await instance(deps.pool)) === null) {
    const data = { title: title.trim(), origin: deps.config.origin, software: `vivim ${VERSION}` }
    await perform(deps, { by: 'instance', lane: 'public', commands: [{ do: 'SetUpInstance', data }] })
  }
  return createLocalAccount(deps, { ...owner, role: 'owner' })
}

/**
 * Creates an account with its keys and password. About half a second.
 *
 * @throws {ApiError} 422 when name or password are not acceptable or the name is taken; 503 before set-up
 */
export async function createLocalAccount(deps: Deps, { username, password, email, role }: NewAccount): Promise<{ readonly id: string }> {
  const problem = usernameProblem(username, role) ?? passwordProblem(password)
  if (problem !== null) throw unprocessable(problem)
  if ((await localAccount(deps.pool, username)) !== null) throw unprocessable('This user name is taken. Please choose another.')
  const id = deps.newId()
  const links = linksOf(deps.config.origin, username)
  const [passwordHash, keys] = await Promise.all([hashPassword(password, deps.passwordCost), createAccountKeys(deps.ledger.keyring, id, links.uri)])
  const data = { id, username, role, createdAt: new Date(deps.now()).toISOString(), profile: EMPTY_PROFILE, links, keys }
  await perform(deps, { by: { account: id }, lane: 'public', commands: [{ do: 'CreateAccount', data, credential: { id, email, passwordHash } }] })
  return { id }
}

/** What is wrong with a name, in words for the person who typed it; null when nothing is. Whether it is free, the ledger decides. */
function usernameProblem(username: string, role: NewAccount['role']): string | null {
  if (!isUsername(username)) return 'A user name has 1 to 30 letters (a–z), digits or underscores.'
  return isReserved(username, role) ? 'This user name is reserved. Please choose another.' : null
}

function passwordProblem(password: string): string | null {
  const length = Array.from(password).length
  if (length < SHORTEST_PASSWORD) return `A password has at least ${SHORTEST_PASSWORD} characters. Four unrelated words make a good one.`
  return length > LONGEST_PASSWORD ? `A password has at most ${LONGEST_PASSWORD} characters.` : null
}

function titleProblem(title: string): string | null {
  if (title.trim() === '') return 'Please give your instance a name.'
  return title.length > LONGEST_TITLE ? `The name has at most ${LONGEST_TITLE} characters.` : null
}

/** Addresses of a person here. The actor's own is for machines, `/@name` for people. */
function linksOf(origin: string, username: string): EventData['identity:create']['links'] {
  const uri = `${origin}/users/${username}`
  return {
    uri,
    url: `${origin}/@${username}`,
    inbox: `${uri}/inbox`,
    sharedInbox: `${origin}/inbox`,
    outbox: `${uri}/outbox`,
    followers: `${uri}/followers`,
    following: `${uri}/following`,
    featured: `${uri}/collections/featured`,
  }
}
