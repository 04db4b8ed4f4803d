-- Files of photos that are not as they were stored, and could not be made again.
create table damage (
    -- Which file: its path below the data folder.
    blob        text    primary key,
    photo_id    integer not null references photo (id) on delete cascade,
    fault       text    not null check (fault in ('missing', 'changed', 'unreadable', 'damaged')),
    -- Whether `photo.damaged` was set because of it.
    marked      integer not null check (marked in (0, 1)),
    found_at_ms integer not null
) strict;
create index damage_by_photo on damage (photo_id);

-- How far the check of all files has come: at most one row.
create table scrub (
    id          integer primary key check (id = 1),
    -- The photo that was checked last, 0 before the first; null when all were checked.
    after_photo integer,
    began_at_ms integer not null
) strict;
