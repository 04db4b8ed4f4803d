-- The pack that has indexed a photo, which may have found no face in it; null: not indexed, or by a pack that is not
-- known any more.
alter table photo add column pack_id integer references pack (id);
-- The pack that could not index it again; its faces are still those of `pack_id`. Null: none has failed.
alter table photo add column failed_pack_id integer references pack (id);
update photo set pack_id = coalesce(
    (select face.pack_id from face where face.photo_id = photo.id limit 1),
    -- Of a photo without faces it is known if there is only one.
    (select max(id) from pack having count(*) = 1)
) where state = 'indexed';
-- The pack with which an indexed photo is to be indexed again; null: a new photo, which goes first.
alter table job add column pack_id integer references pack (id);
create index job_by_pack on job (pack_id, id);
-- Counts photos that were indexed again: what was read of their faces is outdated. Open pages are not told, because
-- these photos were there before.
alter table event add column photos_indexed_again integer not null default 0;
