-- Where the event's guests are sent: the address of another FotoTa that has it now. Null: the event is here.
alter table event add column moved_to text;

-- Photos that were deleted: an event file that was written before does not bring them back.
create table photo_gone (
    event_id integer not null references event (id) on delete cascade,
    photo_id integer not null,
    primary key (event_id, photo_id)
) strict, without rowid;

-- Not when the whole event goes.
create trigger photo_is_gone after delete on photo when exists (select 1 from event where id = old.event_id)
begin
    insert into photo_gone values (old.event_id, old.id) on conflict do nothing;
end;

-- Keys of links, QR codes and cameras that another data folder made, for an event that came from there.
create table brought_key (
    event_id  integer not null references event (id) on delete cascade,
    purpose   text    not null check (purpose in ('entry', 'wall', 'source')),
    -- Of 'source': which; otherwise 0.
    source_id integer not null,
    -- The event's `password_version`, or the source's `key_version`: a new password ends the key.
    version   integer not null,
    -- SHA-256 of the key.
    key_hash  blob    not null check (length(key_hash) = 32),
    primary key (event_id, purpose, source_id, key_hash)
) strict, without rowid;

-- What lets another FotoTa bring an event here.
create table reception (
    -- SHA-256 of the token in its address.
    token_hash    blob    primary key check (length(token_hash) = 32),
    -- Who owns the event then.
    user_id       integer not null references "account" (id) on delete cascade,
    -- The only event that it is good for, once it has begun.
    event_id      integer,
    expires_at_ms integer not null
) strict;
