-- Whether the faces of an event are grouped into people, for its owner alone.
alter table event add column people integer not null default 0 check (people in (0, 1));

-- Someone in an event whom the owner has named, looks for, or whose group the owner has corrected.
create table person (
    id            integer primary key,
    event_id      integer not null references event (id) on delete cascade,
    name          text,
    created_at_ms integer not null,
    -- The face in a portrait that the owner gave, and the pack that recognised it.
    pack_id       integer references pack (id),
    portrait      blob,
    check ((pack_id is null) = (portrait is null))
) strict;
create index person_by_event on person (event_id);

-- Faces of which the owner says that they are the person's, or are not. They are known by their boxes, because they are
-- recognised again when the pack changes.
create table person_face (
    person_id integer not null references person (id) on delete cascade,
    photo_id  integer not null references photo (id) on delete cascade,
    -- In pixels of the upright photo.
    x         real    not null,
    y         real    not null,
    w         real    not null,
    h         real    not null,
    is_person integer not null check (is_person in (0, 1)),
    primary key (person_id, photo_id, x, y)
) strict, without rowid;
create index person_face_by_photo on person_face (photo_id);
