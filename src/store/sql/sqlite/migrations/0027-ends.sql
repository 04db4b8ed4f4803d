-- When the faces of an event are deleted, before its photos; null: together with them.
alter table event add column faces_delete_at_ms integer;
-- When they were deleted: since then nobody is looked for in its photos. Null: not yet.
alter table event add column faces_deleted_at_ms integer;

-- What was erased, when and why. Rows are only added; the files that belong to one are gone when it is signed.
create table erasure (
    -- From 1, without gaps.
    number     integer primary key,
    at_ms      integer not null,
    kind       text    not null check (kind in ('event', 'faces', 'account', 'selfie', 'drive', 'restore')),
    -- Why.
    reason     text    not null check (reason in ('date', 'owner', 'user', 'admin', 'unused', 'age', 'backup')),
    -- The event as it was called; null if it was not about an event.
    event_name text,
    -- The account that owned it, which may be gone since.
    owner_id   integer,
    photos     integer not null,
    faces      integer not null,
    people     integer not null,
    selfies    integer not null,
    -- Copies of pictures from Drive folders.
    copies     integer not null,
    -- SHA-256 of the row and of the `seal` before it, and a signature of that (Ed25519); null until it is signed.
    seal       blob,
    signature  blob
) strict;
create index erasure_unsigned on erasure (number) where signature is null;

-- The time by which what has expired is deleted: at most one row.
create table retention_clock (
    id         integer primary key check (id = 1),
    trusted_ms integer not null,
    -- For how long the computer's clock has run on after it disagreed; null while it agrees.
    steady_ms  integer,
    -- What the computer's clock showed last.
    seen_ms    integer not null
) strict;
-- Not the clock of the computer that is upgraded: it may be wrong.
insert into retention_clock (id, trusted_ms, seen_ms)
select 1, max(at_ms), max(at_ms) from (
    select max(updated_at_ms) as at_ms from event union all select max(created_at_ms) from photo
    union all select max(created_at_ms) from account union all select max(created_at_ms) from drive_search
) having max(at_ms) is not null;
