-- The ledger: the only truth. Everything below `leases` can be made anew from it.
create table events (
  id integer primary key autoincrement,
  stream text not null,
  seq integer not null check (seq > 0),
  type text not null,
  at text not null,
  actor text not null,
  -- Canonical JSON; the hash covers this very text.
  data text not null,
  -- The fencing number of the lease it was appended under; null where the stream needs none.
  fence integer,
  prev_hash text not null,
  hash text not null,
  unique (stream, seq)
) strict;

create trigger events_are_not_updated before update on events
begin
  select raise(abort, 'the ledger is append-only: an event is never changed');
end;

create trigger events_are_not_deleted before delete on events
begin
  select raise(abort, 'the ledger is append-only: an event is never removed');
end;

-- `insert or replace` removes without asking the trigger above.
create trigger events_are_not_replaced before insert on events
when exists (select 1 from events where stream = new.stream and seq = new.seq or id = new.id)
begin
  select raise(abort, 'the ledger is append-only: an event is never replaced');
end;

-- The last event of each stream, so that a cut tail is noticed.
create table streams (
  stream text primary key,
  seq integer not null,
  hash text not null
) strict, without rowid;

create table leases (
  stream text primary key,
  fence integer not null,
  host text not null,
  boot_id text not null,
  pid integer not null,
  start_time text not null,
  renewed_at text not null,
  released integer not null check (released in (0, 1))
) strict, without rowid;

-- Projections of the folded runs.
create table runs (
  run_id text primary key,
  plan_id text not null,
  goal text not null,
  purpose text not null,
  state text not null,
  reason text,
  continues text,
  base_commit text not null,
  head text not null,
  branch text,
  phases integer not null,
  complete integer not null,
  failed integer not null,
  blocked integer not null,
  skipped integer not null,
  attempts integer not null,
  tokens integer not null,
  attempts_with_unknown_tokens integer not null,
  created_at text not null,
  ended_at text
) strict, without rowid;

create table phases (
  run_id text not null,
  phase_id text not null,
  ord integer not null,
  tier integer not null,
  name text not null,
  state text not null,
  attempts integer not null,
  failure_class text,
  failure_kind text,
  failure_message text,
  blocked_by text,
  tree text,
  tokens integer not null,
  attempts_with_unknown_tokens integer not null,
  started_at text,
  ended_at text,
  primary key (run_id, ord)
) strict, without rowid;
