import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { ApiError, toApiError } from '../../../src/api/errors.ts'
import { LedgerFault } from '../../../src/ledger/types.ts'

const withCode = (code: string, message = 'words for our log') => Object.assign(new Error(message), { code })

describe('an error becomes an answer', () => {
  test.each([
    ['a ledger that reloads', new LedgerFault('RETRY_LATER', 'reloading')],
    ['a database that starts', Object.assign(new pg.DatabaseError('the database system is starting up', 0, 'error'), { code: '57P03' })],
    ['a database that was stopped', withCode('57P01')],
    ['a database without free connections', withCode('53300')],
    ['a database that is not there', withCode('ECONNREFUSED')],
    ['a connection that broke', new Error('Connection terminated unexpectedly')],
    ['a pool that waited too long', new Error('timeout exceeded when trying to connect')],
  ])('%s: come back later', (_, error) => {
    expect(toApiError(error)).toMatchObject({ status: 503, headers: { 'retry-after': '5' }, message: 'This instance is busy, try again in a moment' })
  })

  test.each([
    ['a bug', new TypeError('x is not a function')],
    ['a statement that fails', withCode('23505')],
    ['nothing at all', undefined],
  ])('%s: a plain 500 whose words stay here', (_, error) => {
    expect(toApiError(error)).toMatchObject({ status: 500, message: 'An unexpected error occurred' })
  })

  test('what was meant for the client goes to the client', () => {
    const error = new ApiError(422, 'No')
    expect(toApiError(error)).toBe(error)
    expect(toApiError(Object.assign(new Error('Bad JSON'), { statusCode: 400 }))).toMatchObject({ status: 400, message: 'Bad JSON' })
  })
})
