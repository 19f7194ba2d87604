/** The delivery tables. Every function is one statement or one transaction. */
import type pg from 'pg'
import sql from 'sql-template-tag'
import type { Breaker } from './breaker.ts'
import type { SendVerdict } from './verdict.ts'

export type Outgoing = {
  readonly uri: string
  /** Account id, or `instance`. */
  readonly signer: string
  readonly actor: string
  readonly body: string
  readonly subject: string
  /** Small goes first. */
  readonly priority: number
  readonly inboxes: readonly string[]
  /** True: whatever still waits about its subject is taken back. */
  readonly last: boolean
  /** Ids of messages that are not to be sent any more. */
  readonly withdrawn: readonly string[]
}

export type Waiting = {
  readonly id: string
  readonly inbox: string
  readonly subject: string
  readonly attempts: number
  readonly signer: string
  readonly actor: string
  readonly body: string
}

export type Sent = {
  readonly id: string
  readonly verdict: SendVerdict /** When to try again (ms); only for `retry`. */
  readonly due: number | null
}

export async function loadCursor(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ position: string }>('select position from delivery.cursor')
  return Number(rows[0]?.position ?? 0)
}

export const saveCursor = async (pool: pg.Pool | pg.ClientBase, position: number): Promise<void> =>
  void (await pool.query(sql`update delivery.cursor set position = ${position} where position < ${position}`))

/** An event that could not become activities. */
export type Parked = { readonly position: number; readonly index: number; readonly error: string }

export type Store = {
  readonly outgoing: readonly Outgoing[]
  readonly parked: readonly Parked[] /** Where the cursor moves to. */
  readonly next: number
  readonly now: number
}

/** Stores what is to be sent and moves the cursor, together. Hosts that now have something waiting. */
export async function storeOutgoing(pool: pg.Pool, { outgoing, parked, next, now }: Store): Promise<string[]> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const hosts = outgoing.length === 0 ? [] : await insert(client, outgoing, new Date(now))
    await takeBack(client, outgoing, new Date(now))
    for (const { position, index, error } of parked) {
      await client.query(sql`insert into delivery.parked (position, index, error) values (${position}, ${index}, ${error}) on conflict do nothing`)
    }
    await saveCursor(client, next)
    await client.query('commit')
    return hosts
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  } finally {
    client.release()
  }
}

/** An activity that is stored already stays as it is: the same event was seen before a crash. */
async function insert(client: pg.ClientBase, activities: readonly Outgoing[], at: Date): Promise<string[]> {
  const { rows } = await client.query<{ id: string; uri: string }>(sql`
    insert into delivery.activity (uri, signer, actor, body, created_at)
    select t.uri, t.signer, t.actor, t.body, ${at} from unnest(
      ${activities.map(({ uri }) => uri)}::text[], ${activities.map(({ signer }) => signer)}::text[], ${activities.map(({ actor }) => actor)}::text[],
      ${activities.map(({ body }) => body)}::text[]) with ordinality as t (uri, signer, actor, body, place) order by t.place
    on conflict (uri) do nothing returning id, uri`)
  const ids = new Map(rows.map(({ id, uri }) => [uri, id]))
  const messages = activities.flatMap(({ uri, subject, priority, inboxes }) => {
    const id = ids.get(uri)
    return id === undefined ? [] : inboxes.map((inbox) => ({ id, inbox, host: new URL(inbox).origin, subject, priority }))
  })
  await client.query(sql`
    insert into delivery.message (activity_id, inbox, host, subject, priority, due, created_at)
    select t.activity_id, t.inbox, t.host, t.subject, t.priority, ${at}, ${at} from unnest(
      ${messages.map(({ id }) => id)}::int8[], ${messages.map(({ inbox }) => inbox)}::text[], ${messages.map(({ host }) => host)}::text[],
      ${messages.map(({ subject }) => subject)}::text[], ${messages.map(({ priority }) => priority)}::int2[])
      with ordinality as t (activity_id, inbox, host, subject, priority, place) order by t.place`)
  const hosts = [...new Set(messages.map(({ host }) => host))]
  await client.query(sql`
    insert into delivery.host (host, next_due) select unnest(${hosts}::text[]), ${at}
    on conflict (host) do update set next_due = greatest(least(delivery.host.next_due, excluded.next_due), delivery.host.open_until)`)
  return hosts
}

/** Ends messages that wait, and drops their words; one that is on its way just now cannot be called back, but will not be sent a second time. */
async function takeBack(client: pg.ClientBase, activities: readonly Outgoing[], at: Date): Promise<void> {
  const last = activities.filter((activity) => activity.last)
  const withdrawn = activities.flatMap((activity) => activity.withdrawn)
  if (last.length === 0 && withdrawn.length === 0) return
  const taken = await client.query<{ activity_id: string }>(sql`
    with over as (
      select m.id, 'was taken back' as error from delivery.message m
      join unnest(${last.map(({ subject }) => subject)}::text[], ${last.map(({ uri }) => uri)}::text[]) as t (subject, uri) on m.subject = t.subject
      where m.state = 'waiting' and m.activity_id < (select a.id from delivery.activity a where a.uri = t.uri)
      union
      select id, 'nobody there may read it any more' from unnest(${withdrawn}::int8[]) as t (id))
    update delivery.message m set state = 'failed', error = o.error, finished_at = ${at}
    from (select distinct on (id) id, error from over order by id, error desc) o where m.id = o.id and m.state = 'waiting' returning m.activity_id`)
  await client.query(sql`
    update delivery.activity a set body = null where a.id = any (${taken.rows.map((row) => row.activity_id)}::int8[])
      and not exists (select from delivery.message m where m.activity_id = a.id and m.state = 'waiting')`)
}

/** What a signer still has to say to some inboxes. */
export async function waitingAt(
  pool: pg.Pool,
  signer: string,
  inboxes: readonly string[],
): Promise<{ readonly id: string; readonly inbox: string; readonly body: string }[]> {
  const { rows } = await pool.query<{ id: string; inbox: string; body: string }>(sql`
    select m.id, m.inbox, a.body from delivery.message m join delivery.activity a on a.id = m.activity_id
    where m.inbox = any (${inboxes}::text[]) and m.state = 'waiting' and a.signer = ${signer} and a.body is not null order by m.id`)
  return rows
}

/** Ids of everything that a signer still has to say. */
export async function waitingOf(pool: pg.Pool, signer: string): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(sql`
    select m.id from delivery.message m join delivery.activity a on a.id = m.activity_id where m.state = 'waiting' and a.signer = ${signer} order by m.id`)
  return rows.map(({ id }) => id)
}

/** Removes every trace of what a signer said, once nothing of it waits. */
export async function forgetSigner(pool: pg.Pool, signer: string): Promise<void> {
  await pool.query(sql`
    delete from delivery.activity a
    where a.signer = ${signer} and not exists (select from delivery.message m where m.activity_id = a.id and m.state = 'waiting')`)
}

/** What is due for a host, most urgent first; of one subject nothing overtakes what waits for a later try. */
export async function dueFor(pool: pg.Pool, host: string, now: number, limit: number): Promise<Waiting[]> {
  const at = new Date(now)
  const { rows } = await pool.query<Waiting>(sql`
    select m.id, m.inbox, m.subject, m.attempts, a.signer, a.actor, a.body from delivery.message m join delivery.activity a on a.id = m.activity_id
    where m.host = ${host} and m.state = 'waiting' and m.due <= ${at} and a.body is not null
      and not exists (select from delivery.message e where e.host = m.host and e.state = 'waiting' and e.subject = m.subject and e.id < m.id and e.due > ${at})
    order by m.priority, m.id limit ${limit}`)
  return rows
}

/** Records what became of messages, and drops the bodies nobody waits for any more. */
export async function recordSent(pool: pg.Pool, sent: readonly Sent[], now: number): Promise<void> {
  const state = ({ outcome }: SendVerdict) => (outcome === 'retry' ? 'waiting' : outcome)
  await pool.query(sql`
    with sent as (
      update delivery.message m set state = t.state, attempts = m.attempts + 1, due = coalesce(t.due, m.due), status = t.status, error = t.error,
        finished_at = case when t.state = 'waiting' then null else ${new Date(now)}::timestamptz end
      from unnest(${sent.map(({ id }) => id)}::int8[], ${sent.map(({ verdict }) => state(verdict))}::text[],
        ${sent.map(({ due }) => (due === null ? null : new Date(due)))}::timestamptz[], ${sent.map(({ verdict }) => verdict.status)}::int2[],
        ${sent.map(({ verdict }) => verdict.error)}::text[]) as t (id, state, due, status, error)
      where m.id = t.id and m.state = 'waiting' returning m.id, m.activity_id, m.state)
    update delivery.activity a set body = null
    where a.id in (select activity_id from sent where state <> 'waiting')
      and not exists (select from delivery.message w where w.activity_id = a.id and w.state = 'waiting' and w.id not in (select id from sent where state <> 'waiting'))`)
}

export type HostState = { readonly host: string; readonly breaker: Breaker }

/** Hosts whose breaker is not plainly closed. */
export async function loadTroubled(pool: pg.Pool): Promise<HostState[]> {
  type Row = { host: string; failures: number; first_failure: Date | null; opens: number; open_until: Date | null }
  const { rows } = await pool.query<Row>('select host, failures, first_failure, opens, open_until from delivery.host where failures > 0')
  return rows.map(({ host, failures, first_failure, opens, open_until }) => ({
    host,
    breaker: { failures, firstFailure: first_failure?.getTime() ?? null, opens, openUntil: open_until?.getTime() ?? null },
  }))
}

/** Stores the breaker, and when the host is to be looked at next: never while its breaker is open. */
export async function saveHost(pool: pg.Pool, host: string, breaker: Breaker): Promise<void> {
  const date = (ms: number | null) => (ms === null ? null : new Date(ms))
  await pool.query(sql`
    update delivery.host h set failures = ${breaker.failures}, first_failure = ${date(breaker.firstFailure)}, opens = ${breaker.opens}, open_until = ${date(breaker.openUntil)},
      next_due = (select case when count(*) > 0 then greatest(min(m.due), ${date(breaker.openUntil)}::timestamptz) end
        from delivery.message m where m.host = h.host and m.state = 'waiting')
    where h.host = ${host}`)
}

/** Hosts to look at now, and when the next one is due (ms). */
export async function dueHosts(pool: pg.Pool, now: number): Promise<{ readonly hosts: string[]; readonly next: number | null }> {
  const { rows } = await pool.query<{ host: string; next_due: Date }>(
    'select host, next_due from delivery.host where next_due is not null order by next_due limit 500',
  )
  const due = rows.filter(({ next_due }) => next_due.getTime() <= now)
  return { hosts: due.map(({ host }) => host), next: rows[due.length]?.next_due.getTime() ?? null }
}

/** Gives up what has waited for too long and forgets receipts that are old. */
export async function prune(pool: pg.Pool, giveUpBefore: Date, forgetBefore: Date): Promise<void> {
  await pool.query(
    sql`update delivery.message set state = 'failed', error = 'waited for too long', finished_at = now() where state = 'waiting' and created_at < ${giveUpBefore}`,
  )
  await pool.query(sql`delete from delivery.message where state <> 'waiting' and finished_at < ${forgetBefore}`)
  await pool.query(
    sql`delete from delivery.activity a where a.created_at < ${forgetBefore} and not exists (select from delivery.message m where m.activity_id = a.id)`,
  )
  await pool.query(
    sql`update delivery.activity a set body = null where a.body is not null and not exists (select from delivery.message m where m.activity_id = a.id and m.state = 'waiting')`,
  )
}
