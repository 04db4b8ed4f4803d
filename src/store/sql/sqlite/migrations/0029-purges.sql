-- A blob that is written before its row. If the row has not come by then, the blob is deleted.
create table reservation (
    blob       text primary key,
    ends_at_ms integer not null
) strict, without rowid;

-- Where a process on another computer may be writing a blob that is being deleted, it is deleted once more, then.
alter table purge add column again_at_ms integer;

create trigger upload_goes after delete on upload begin
    insert into purge (blob) values ('uploads/' || old.id || '.part') on conflict do nothing;
end;
