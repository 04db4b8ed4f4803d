-- What pages of an event count and list is kept up to date, whatever writes: no question reads all of its photos.

-- How many faces were found in a photo.
alter table photo add column faces integer not null default 0;
update photo set faces = (select count(*) from face where face.photo_id = photo.id);
create trigger face_comes after insert on face
begin
    update photo set faces = faces + 1 where id = new.photo_id;
end;
create trigger face_goes after delete on face
begin
    update photo set faces = faces - 1 where id = old.photo_id;
end;

-- The hour of a photo's moment, rounded down, also before 1970.
alter table photo add column hour_ms integer
    generated always as (moment_ms - (moment_ms % 3600000 + 3600000) % 3600000) virtual;

-- How many photos of an event are alike in everything that listings are filtered by.
create table photo_tally (
    event_id  integer not null references event (id) on delete cascade,
    -- The rest as in `photo`.
    visible   integer not null,
    hour_ms   integer not null,
    state     text    not null,
    hidden    integer not null,
    held      integer not null,
    -- 0: the owner sent them.
    source_id integer not null,
    -- Empty: the event's photographer.
    credit    text    not null,
    -- Empty: not known.
    camera    text    not null,
    photos    integer not null,
    primary key (event_id, visible, hour_ms, state, hidden, held, source_id, credit, camera)
) strict, without rowid;
insert into photo_tally
select event_id, visible, hour_ms, state, hidden, held, coalesce(source_id, 0), coalesce(credit, ''),
       coalesce(camera, ''), count(*)
from photo group by 1, 2, 3, 4, 5, 6, 7, 8, 9;

-- When an event's photos arrived, in the slots of `tally`.
create table arrival (
    event_id integer not null references event (id) on delete cascade,
    slot_ms  integer not null,
    photos   integer not null,
    -- Of those photos.
    faces    integer not null,
    primary key (event_id, slot_ms)
) strict, without rowid;
insert into arrival
select event_id, created_at_ms / 300000 * 300000, count(*), sum(faces) from photo group by 1, 2;

create trigger photo_comes after insert on photo
begin
    insert into photo_tally
    values (new.event_id, new.visible, new.hour_ms, new.state, new.hidden, new.held, coalesce(new.source_id, 0),
            coalesce(new.credit, ''), coalesce(new.camera, ''), 1)
    on conflict do update set photos = photos + 1;
    insert into arrival values (new.event_id, new.created_at_ms / 300000 * 300000, 1, new.faces)
    on conflict do update set photos = photos + 1, faces = faces + excluded.faces;
end;
create trigger photo_differs after update of moment_ms, state, hidden, held, source_id, credit, camera on photo
when (old.hour_ms, old.state, old.hidden, old.held, old.source_id, old.credit, old.camera)
     is not (new.hour_ms, new.state, new.hidden, new.held, new.source_id, new.credit, new.camera)
begin
    update photo_tally set photos = photos - 1
    where (event_id, visible, hour_ms, state, hidden, held, source_id, credit, camera)
        = (old.event_id, old.visible, old.hour_ms, old.state, old.hidden, old.held, coalesce(old.source_id, 0),
           coalesce(old.credit, ''), coalesce(old.camera, ''));
    delete from photo_tally
    where (event_id, visible, hour_ms, state, hidden, held, source_id, credit, camera)
        = (old.event_id, old.visible, old.hour_ms, old.state, old.hidden, old.held, coalesce(old.source_id, 0),
           coalesce(old.credit, ''), coalesce(old.camera, '')) and photos = 0;
    insert into photo_tally
    values (new.event_id, new.visible, new.hour_ms, new.state, new.hidden, new.held, coalesce(new.source_id, 0),
            coalesce(new.credit, ''), coalesce(new.camera, ''), 1)
    on conflict do update set photos = photos + 1;
end;
create trigger photo_has_faces after update of faces on photo
begin
    update arrival set faces = faces + new.faces - old.faces
    where event_id = new.event_id and slot_ms = new.created_at_ms / 300000 * 300000;
end;
drop trigger photo_goes;
create trigger photo_goes after delete on photo
begin
    update event set revision = revision + 1 where id = old.event_id and old.state = 'indexed';
    update photo_tally set photos = photos - 1
    where (event_id, visible, hour_ms, state, hidden, held, source_id, credit, camera)
        = (old.event_id, old.visible, old.hour_ms, old.state, old.hidden, old.held, coalesce(old.source_id, 0),
           coalesce(old.credit, ''), coalesce(old.camera, ''));
    delete from photo_tally
    where (event_id, visible, hour_ms, state, hidden, held, source_id, credit, camera)
        = (old.event_id, old.visible, old.hour_ms, old.state, old.hidden, old.held, coalesce(old.source_id, 0),
           coalesce(old.credit, ''), coalesce(old.camera, '')) and photos = 0;
    update arrival set photos = photos - 1, faces = faces - old.faces
    where event_id = old.event_id and slot_ms = old.created_at_ms / 300000 * 300000;
    delete from arrival
    where event_id = old.event_id and slot_ms = old.created_at_ms / 300000 * 300000 and photos = 0;
end;

-- The same as the column `visible`, by columns that an index can have.
drop view visible_photo;
create view visible_photo as select * from photo where state = 'indexed' and hidden = 0;

-- Each order of a listing with everything that it is filtered by: what a page leaves out is not read.
drop index photo_by_moment;
create index photo_by_moment on photo
    (event_id, moment_ms, name_key, sequence, indexed_sequence, state, hidden, held, source_id, credit, camera);
drop index photo_by_name;
create index photo_by_name on photo
    (event_id, name_key, sequence, indexed_sequence, state, hidden, held, source_id, credit, camera);
create index photo_by_receipt on photo
    (event_id, sequence, indexed_sequence, state, hidden, held, source_id, credit, camera);
create index photo_by_credit on photo
    (event_id, credit, moment_ms, name_key, sequence, indexed_sequence, state, hidden, held, source_id, camera);
create index photo_by_camera on photo
    (event_id, camera, moment_ms, name_key, sequence, indexed_sequence, state, hidden, held, source_id, credit);
drop index photo_by_arrival;
create index photo_by_arrival on photo
    (event_id, indexed_sequence, state, hidden, moment_ms, credit, camera);

-- What is asked for by itself.
create index photo_pending on photo (event_id, created_at_ms) where state = 'pending';
create index photo_failed on photo (created_at_ms) where state = 'failed';
create index photo_failed_again on photo (failed_pack_id) where failed_pack_id is not null;
create index photo_pinned on photo (event_id, indexed_sequence) where wall = 'pinned';
