-- Names and expressions that PostgreSQL understands too.
-- `user` is reserved there.
alter table user rename to account;
-- In place of `collate nocase`.
drop index photo_by_name;
create index photo_by_name on photo (event_id, lower(file_name), sequence);

-- Photos that guests may see: the one place that says which.
create view visible_photo as select * from photo where state = 'indexed' and hidden = false;
