-- A capture that comes again from a hot folder stays one photo; its files are versions, of which one is shown.

-- The number of the file that is shown, which its blobs have; null: the photo's own.
alter table photo add column file_id integer;
-- Whether the owner chose it: then newer ones do not take its place.
alter table photo add column version_chosen integer not null default 0 check (version_chosen in (0, 1));

-- The files of photos that have more than one, with the one that is shown.
create table photo_version (
    -- The number that it had as a photo of its own, which its blobs still have.
    file_id        integer primary key,
    photo_id       integer not null references photo (id) on delete cascade,
    -- The rest as in `photo`, where the file that is shown has it too.
    sequence       integer not null,
    file_name      text    not null,
    digest         blob    not null check (length(digest) = 32),
    size_bytes     integer not null,
    format         text    not null,
    width          integer,
    height         integer,
    preview_width  integer,
    preview_height integer,
    source_id      integer references source (id) on delete set null,
    received_at_ms integer not null
) strict;
create index photo_version_by_photo on photo_version (photo_id);
create index photo_version_by_digest on photo_version (digest);
create index photo_version_by_source on photo_version (source_id) where source_id is not null;

-- Pages of the event show another file.
drop trigger photo_changes;
create trigger photo_changes after update of state, hidden, wall, file_id on photo
when old.state = 'indexed' or new.state = 'indexed'
begin
    update event set revision = revision + 1 where id = new.event_id;
end;
