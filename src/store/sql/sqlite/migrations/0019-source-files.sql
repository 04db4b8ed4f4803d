-- Files of hot folders that are settled: with the same size and time they are not read again.
create table source_file (
    source_id integer not null references source (id) on delete cascade,
    path text not null,                -- within the folder
    size_bytes integer not null,
    modified_ns integer not null,      -- since 1970
    outcome text not null check (outcome in ('photo', 'refused', 'other')),
    reason text,                       -- of a refused one
    primary key (source_id, path)
) strict, without rowid;

-- Who made this source. One that the configuration names no more is paused; those of `fotota watch` are not served.
alter table source add column origin text not null default 'studio'
    check (origin in ('studio', 'configuration', 'command'));
