-- Where the event takes place: a name of the IANA database; an unknown one stands for the computer's zone.
alter table event add column time_zone text not null default '';

-- Where a photo's time comes from, and its name as a sort key: photos of one moment are in the order of their names.
alter table photo add column time_source text not null default 'arrival'
    check (time_source in ('taken', 'digitized', 'xmp', 'changed', 'file_name', 'arrival'));
alter table photo add column name_key text not null default '';
update photo set name_key = lower(file_name), time_source = case when taken_at is null then 'arrival' else 'taken' end;

drop index photo_by_moment;
create index photo_by_moment on photo (event_id, moment_ms, name_key, id);
