-- What originals say about themselves when guests get them.
alter table event add column original_metadata text not null default 'copyright'
    check (original_metadata in ('copyright', 'all', 'nothing'));

-- Open pages hear of it.
drop trigger event_changes;
create trigger event_changes
after update of
    name, closed_at_ms, visibility, download, original_metadata, tap_search, wall_paused, password_version
on event
begin
    update event set revision = revision + 1 where id = new.id;
end;
