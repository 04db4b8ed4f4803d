-- What guests may do with an event's photos, as its owner decides.
-- Since when nobody but the owner gets in, and no photo is taken in; null: it is open.
alter table event add column closed_at_ms integer;
-- Which photos a guest sees: every one, or those the guest is in.
alter table event add column visibility text not null default 'all' check (visibility in ('all', 'matches'));
-- What guests may download: the photographer's file, one reduced to 2048 pixels, nothing.
alter table event add column download text not null default 'original'
    check (download in ('original', 'reduced', 'nothing'));
-- When the event is deleted with all that belongs to it; null: when its owner deletes it.
alter table event add column delete_at_ms integer;
-- For guests: who took the photos, and an address where to find them.
alter table event add column photographer text;
alter table event add column photographer_link text;
-- Whether the live wall stands still.
alter table event add column wall_paused integer not null default 0 check (wall_paused in (0, 1));
-- Counts what changes for those who look at the event's pages.
alter table event add column revision integer not null default 0;

-- Hidden photos are seen by the owner alone.
alter table photo add column hidden integer not null default 0 check (hidden in (0, 1));
-- On the live wall: always there, or never; null: while it is new.
alter table photo add column wall text check (wall in ('pinned', 'skipped'));
-- What photos are sorted by: the camera's clock read as if it were UTC, or where there is none the time of arrival.
alter table photo add column moment_ms integer not null default 0;
update photo set moment_ms = coalesce(unixepoch(substr(taken_at, 1, 19)) * 1000, created_at_ms);
create index photo_by_moment on photo (event_id, moment_ms, id);

create trigger photo_changes after update of state, hidden, wall on photo
when old.state = 'indexed' or new.state = 'indexed'
begin
    update event set revision = revision + 1 where id = new.event_id;
end;
create trigger photo_goes after delete on photo when old.state = 'indexed'
begin
    update event set revision = revision + 1 where id = old.event_id;
end;
create trigger event_changes
after update of name, closed_at_ms, visibility, download, wall_paused, password_version on event
begin
    update event set revision = revision + 1 where id = new.id;
end;

-- A logo that is put on what guests see and download; the photos themselves are never changed.
create table watermark (
    event_id integer primary key references event (id) on delete cascade,
    -- A PNG file.
    logo     blob    not null,
    corner   text    not null check (corner in ('top_left', 'top_right', 'bottom_left', 'bottom_right')),
    -- 0 to 1.
    opacity  real    not null check (opacity between 0 and 1),
    -- Changes with it: a logo that was decoded before is known by it.
    version  integer not null
) strict;

-- What a guest said about a photo; it goes with the guest's session.
create table guest_mark (
    token_hash    blob    not null references guest_session (token_hash) on delete cascade,
    photo_id      integer not null references photo (id) on delete cascade,
    kind          text    not null check (kind in ('bookmark', 'not_me', 'hidden')),
    created_at_ms integer not null,
    primary key (token_hash, photo_id, kind)
) strict;
create index guest_mark_by_photo on guest_mark (photo_id);

-- A session's number in the record of consents, which outlives it; says nothing about the guest.
alter table guest_session add column subject text;

-- Who agreed to the face search, and who took that back: what the photographer can show.
create table consent (
    id       integer primary key autoincrement,
    event_id integer not null references event (id) on delete cascade,
    subject  text    not null,
    action   text    not null check (action in ('given', 'withdrawn')),
    -- Of the text.
    version  text    not null,
    at_ms    integer not null
) strict;
create index consent_by_event on consent (event_id, id);

-- How often something happened in an event, in five minutes each; never who.
create table tally (
    event_id integer not null references event (id) on delete cascade,
    kind     text    not null check (kind in ('guest', 'search', 'hit', 'download')),
    -- When the five minutes began.
    slot_ms  integer not null,
    count    integer not null,
    primary key (event_id, kind, slot_ms)
) strict, without rowid;

-- Lets one guest in without the password, once.
create table invitation (
    -- SHA-256 of what the link carries.
    token_hash       blob    primary key check (length(token_hash) = 32),
    event_id         integer not null references event (id) on delete cascade,
    -- The event's when it was made: a new password ends it.
    password_version integer not null,
    expires_at_ms    integer not null
) strict;

-- A file that is being uploaded in pieces; its bytes lie in `uploads`.
create table upload (
    id            integer primary key,
    event_id      integer not null references event (id) on delete cascade,
    -- The uploader's name for it, without folders.
    file_name     text    not null,
    size_bytes    integer not null,
    created_at_ms integer not null,
    -- Forgotten after it, unless the next piece comes.
    expires_at_ms integer not null
) strict;
create index upload_by_event on upload (event_id);
