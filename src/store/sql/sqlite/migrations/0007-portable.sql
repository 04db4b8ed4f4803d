-- Names and expressions that PostgreSQL understands too.
-- `user` is reserved there.
alter table user rename to account;
-- In place of `collate nocase`.
drop index photo_by_name;
create index photo_by_name on photo (event_id, lower(file_name), sequence);

-- Whether guests may see a photo: the only place that says so.
alter table photo add column visible integer generated always as (state = 'indexed' and hidden = 0) virtual;
create view visible_photo as select * from photo where visible = true;
