-- Where photos of an event come from, beside its owner's browser and imports.
create table source (
    id                integer primary key,
    event_id          integer not null references event (id) on delete cascade,
    kind              text    not null check (kind in ('folder', 'camera', 'contributor', 'guests')),
    -- As the event's owner calls it.
    name              text    not null,
    -- Who took its photos, for guests; null: the event's photographer.
    credit            text,
    -- Of a folder: its path on this computer.
    folder            text,
    -- Of a camera: the user name that it signs in with.
    login             text    unique,
    -- Counts its passwords and links: a new one ends the one before.
    key_version       integer not null default 0,
    -- How many photos it may bring; null: any number.
    max_photos        integer,
    -- Whether its photos wait for the owner's approval.
    held              integer not null default 0 check (held in (0, 1)),
    paused            integer not null default 0 check (paused in (0, 1)),
    -- Its last sign of life.
    seen_at_ms        integer,
    -- What went wrong last, with a file's name or a reason, and when; null when it is over.
    trouble           text,
    trouble_detail    text,
    trouble_at_ms     integer,
    created_at_ms     integer not null,
    check ((kind = 'folder') = (folder is not null) and (kind = 'camera') = (login is not null)),
    check ((trouble is null) = (trouble_at_ms is null))
) strict;
create index source_by_event on source (event_id);
create unique index source_of_guests on source (event_id) where kind = 'guests';
create unique index source_by_folder on source (event_id, folder) where kind = 'folder';

-- Null: the owner sent it.
alter table photo add column source_id integer references source (id) on delete set null;
-- Who took it, as of receipt; null: the event's photographer.
alter table photo add column credit text;
-- Whether it is hidden because it waits for the owner's approval.
alter table photo add column held integer not null default 0 check (held in (0, 1));
create index photo_by_source on photo (source_id, created_at_ms) where source_id is not null;

alter table upload add column source_id integer references source (id) on delete cascade;
alter table upload add column credit text;

-- How many photos a guest has sent.
alter table guest_session add column photos_sent integer not null default 0;
