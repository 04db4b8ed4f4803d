-- Whether guests may search with a face that they tap in a photo.
alter table event add column tap_search integer not null default 0 check (tap_search in (0, 1));

-- Open pages hear of it.
drop trigger event_changes;
create trigger event_changes
after update of name, closed_at_ms, visibility, download, tap_search, wall_paused, password_version on event
begin
    update event set revision = revision + 1 where id = new.id;
end;
