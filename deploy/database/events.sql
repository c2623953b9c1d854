-- The event log: what services tell each other (architecture.md, "Between services"). Applied after setup.sql, as often
-- as one likes. Everything in it belongs to events_owner; a service's app role sees only its own side of it.

set role events_owner;
set client_min_messages = warning;
set lock_timeout = '5s'; -- whoever waits for a table makes all others wait

-- Who may send what, and who may read what ------------------------------------------------------------------------------

create table if not exists events.producers (type text, service text, primary key (type, service));
create table if not exists events.consumers (type text, service text, primary key (service, type));

delete from events.producers;
insert into events.producers values
    ('member.registered',   'auth'),
    ('member.updated',      'auth'),
    ('member.erased',       'auth'),
    ('catalog.updated',     'catalog'),
    ('analysis.completed',  'analysis'),
    ('analysis.deleted',    'analysis'),
    ('self_check.submitted', 'analysis'),
    ('quest.completed',     'quest'),
    ('quest.undone',        'quest'),
    ('sns.topics_changed',  'sns');

delete from events.consumers;
insert into events.consumers values
    ('member.registered',   'analysis'),
    ('member.registered',   'quest'),
    ('member.updated',      'analysis'),
    ('member.updated',      'quest'),
    ('member.erased',       'catalog'),
    ('member.erased',       'analysis'),
    ('member.erased',       'quest'),
    ('member.erased',       'sns'),
    ('member.erasure_done', 'auth'),
    ('catalog.updated',     'analysis'),
    ('catalog.updated',     'quest'),
    ('analysis.completed',  'quest'),
    ('analysis.deleted',    'quest'),
    ('self_check.submitted', 'quest'),
    ('quest.completed',     'analysis'),
    ('quest.undone',        'analysis'),
    ('sns.topics_changed',  'analysis'),
    ('sns.topics_changed',  'quest');

-- Whoever is told of an erasure confirms it; auth waits for each of them. So a service is named here when it is there.
insert into events.producers
    select 'member.erasure_done', service from events.consumers where type = 'member.erased';

-- The service whose app role asks.
create or replace function events.service() returns text language sql stable parallel safe as
$$ select regexp_replace(current_user::text, '_app$', '') $$;

-- Order -----------------------------------------------------------------------------------------------------------------
--
-- A reader must never pass an event that commits later, and must meet the events of one member in the order in which they
-- happened. Neither a sequence number nor a transaction's number (xid) does both: both are drawn before the commit. Sequence
-- numbers of running transactions are unknown. Windows of xids below `pg_snapshot_xmin` are final, but they turn one member's
-- events round when the later transaction had got its xid earlier and a third one, in between, still runs: then the
-- window ends between the two, and the later event alone is in it.
--
-- So a row carries its fence: the largest xid among its own and those that had ended when the row was written.
--   Final: a row that cannot be seen yet is of a transaction that still runs or has not begun, whose xid is not below the
--     reader's `pg_snapshot_xmin`; its fence is not below its xid. So below the horizon nothing is missing, ever.
--   In order: if event A's transaction had ended before B was written (B waited for the member's lock, or B's handler has read A),
--     B's fence is at or above A's, because the largest ended xid only grows; so it is within one transaction. Where the
--     fences are equal, seq, drawn later, decides.
--   Alive: once everything that ran has ended, the horizon is above every fence, without any further write.
-- The snapshot must be taken after the lock: READ COMMITTED (the default), and the lock in a statement before the insert.

create or replace function events.fence() returns bigint language sql stable as $$
    select greatest(pg_current_xact_id()::text::bigint,
                    pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)
$$;

-- Rows whose fence is below it may be read.
create or replace function events.horizon() returns bigint language sql stable parallel safe as
$$ select pg_snapshot_xmin(pg_current_snapshot())::text::bigint $$;

-- Tables ----------------------------------------------------------------------------------------------------------------

-- Append-only: a service may neither change nor delete a row, nor say where it stands or who wrote it.
create table if not exists events.log (
    fence       bigint not null default events.fence(),
    seq         bigint generated always as identity,
    id          uuid not null,
    producer    text not null default events.service(),
    type        text not null,
    user_id     uuid, -- none for reference data, and of members who were erased
    payload     jsonb not null,
    traceparent text, -- W3C trace context of the change
    created_at  timestamptz not null default clock_timestamp(),
    primary key (fence, seq) -- the order of reading
);

-- What was told of one member, for `forget`. Asked first: even an index that is there is locked for, and that would stop
-- everybody who publishes.
do $$
begin
    if to_regclass('events.log_user_id') is null then
        create index log_user_id on events.log (user_id);
    end if;
end $$;

-- How far a consumer has read: everything up to and including this place.
create table if not exists events.cursors (
    consumer     text primary key,
    fence        bigint not null,
    seq          bigint not null,
    snapshot_due boolean not null -- it starts late and has not taken the owner's snapshot yet
);

-- What a consumer has applied. A row lives as long as its event.
create table if not exists events.inbox (
    event_id uuid,
    consumer text,
    primary key (event_id, consumer)
);

-- What a consumer could not apply, and the later events in the same lane (member), which wait behind it.
create table if not exists events.parked (
    event_id  uuid,
    consumer  text,
    lane      uuid not null, -- the member; an event without one is alone in its lane
    fence     bigint not null,
    seq       bigint not null,
    error     text, -- names of errors, nothing of the payload; none: it waits behind another
    attempts  int not null default 0,
    retry_at  timestamptz, -- none: it waits behind another. "update events.parked set retry_at = now()" retries at once
    parked_at timestamptz not null default now(),
    primary key (event_id, consumer)
);
create index if not exists parked_lane on events.parked (consumer, lane, fence, seq);
create index if not exists parked_retry on events.parked (consumer, retry_at);

-- A dump that is restored comes into a cluster that counts its transactions from anew: what it brought is put before
-- everything that is written here. A fence that this cluster has not reached is not of it, and no row with a smaller seq is either,
-- since a dump takes the counter of seq along. So services that wrote before this ran lose nothing. What is left below was of
-- transactions side by side, whose order does not matter. The cursors go back with the rows: what is met again the inbox knows.
do $$
declare
    reached bigint := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
    last bigint := greatest((select max(fence) from events.log), (select max(fence) from events.cursors));
    brought bigint := (select max(seq) from events.log where fence > reached);
begin
    if last > reached then
        update events.log set fence = fence - last where seq <= brought;
        update events.parked set fence = fence - last where seq <= brought;
        update events.cursors set fence = fence - last;
    end if;
end $$;

-- Events live 7 days; longer while a consumer that has begun to read has not got to them, or has parked them: losing one
-- is worse than keeping it. (Who removes a consumer deletes its cursor.) Deletes at most `batch` of the oldest events and
-- tells how many.
create or replace function events.expire(batch int default 1000) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
    with oldest as (
        select fence, seq from events.log order by fence, seq limit batch for update skip locked
    ), expired as (
        delete from events.log using oldest
        where log.fence = oldest.fence and log.seq = oldest.seq
          and log.created_at < now() - interval '7 days'
          and not exists (select from events.cursors c where (c.fence, c.seq) < (log.fence, log.seq))
          and not exists (select from events.parked p where p.event_id = log.id)
        returning log.id
    ), forgotten as (
        delete from events.inbox using expired where inbox.event_id = expired.id
    )
    select count(*) from expired
$$;

-- What was told of a member who was erased: whoever has not read it yet has nothing to do with it any more, and nobody else
-- may read it for the rest of its seven days. The row stays, blank, so that it takes its rows in the inbox along when it
-- expires. The erasure itself stays readable; without one nothing is forgotten.
create or replace function events.forget(member uuid) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    with told as (
        select fence, seq from events.log
        where user_id = member and type not in ('member.erased', 'member.erasure_done')
          and exists (select from events.log erased where erased.user_id = member and erased.type = 'member.erased')
        order by fence, seq for update
    )
    update events.log set type = 'member.forgotten', user_id = null, payload = '{}', traceparent = null
    from told where log.fence = told.fence and log.seq = told.seq
$$;

-- Rights ----------------------------------------------------------------------------------------------------------------

-- Once: the locks that this takes would stop everybody who publishes.
do $$
declare
    t text;
begin
    if exists (select from pg_policies where schemaname = 'events') then
        return;
    end if;
    create policy produced on events.log for insert with check (
        producer = events.service()
        and exists (select from events.producers p where p.type = log.type and p.service = log.producer)
    );
    create policy consumed on events.log for select using (
        type = any (array(select c.type from events.consumers c where c.service = events.service()))
    );
    foreach t in array array['cursors', 'inbox', 'parked'] loop
        execute format('create policy own on events.%I using (consumer = events.service())', t);
    end loop;
    foreach t in array array['log', 'cursors', 'inbox', 'parked'] loop
        execute format('alter table events.%I enable row level security', t);
    end loop;
end $$;

revoke all on all functions in schema events from public;
do $$
declare
    app text;
begin
    for app in
        select rolname from pg_roles
        where rolname in (select service || '_app' from events.producers union select service || '_app' from events.consumers)
    loop
        execute format($grant$
            grant usage on schema events to %1$I;
            grant execute on all functions in schema events to %1$I;
            grant select on events.producers, events.consumers to %1$I;
            grant select, insert (id, type, user_id, payload, traceparent) on events.log to %1$I;
            grant select, insert, update on events.cursors to %1$I;
            grant select, insert on events.inbox to %1$I;
            grant select, insert, update, delete on events.parked to %1$I;
        $grant$, app);
    end loop;
end $$;

reset lock_timeout;
reset client_min_messages;
reset role;
