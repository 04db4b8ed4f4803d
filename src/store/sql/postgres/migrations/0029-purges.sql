-- Where the blobs are: a mark that lies beside them. Null until the first process has told.
alter table schema_version add column blobs text collate "C";

-- A blob that is written before its row. If the row has not come by then, the blob is deleted.
create table reservation (
    blob text collate "C" primary key,
    ends_at_ms bigint not null
);

-- Where a process on another computer may be writing a blob that is being deleted, it is deleted once more, then.
alter table purge add column again_at_ms bigint;

create function upload_goes() returns trigger language plpgsql as $$
begin
    insert into purge (blob) values ('uploads/' || old.id || '.part') on conflict do nothing;
    return null;
end $$;

create trigger upload_goes after delete on upload for each row execute function upload_goes();
