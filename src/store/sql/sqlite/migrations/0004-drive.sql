-- A public folder of Google Drive whose faces are known, shared by all who search it.
create table drive_folder (
    -- Drive's id.
    id           text primary key,
    -- What links to old folders carry besides the id; null: not needed.
    resource_key text,
    -- Its name there, when it was last asked for.
    name         text    not null,
    -- When it was last searched: a folder that nobody searches is forgotten.
    used_at_ms   integer not null
) strict;

-- A picture in the folder or below it.
create table drive_file (
    folder_id    text    not null references drive_folder (id) on delete cascade,
    -- Drive's id of the picture itself, also where a shortcut led to it.
    file_id      text    not null,
    resource_key text,
    -- Changes when the content does: `md5Checksum`, or `modifiedTime` where Drive has none.
    version      text    not null,
    size_bytes   integer,
    -- Address of a smaller picture to take in place of the file, good for some hours; null: none.
    thumbnail    text,
    -- Whether the file itself is of a kind that can be decoded; if not, only the smaller picture can be searched.
    readable     integer not null check (readable in (0, 1)),
    -- 'failed': the picture's own fault; 'denied': given up for now, as when Drive does not give it; the next search
    -- asks again.
    state        text    not null check (state in ('pending', 'indexed', 'failed', 'denied')),
    -- How often it was begun, or asked for without an answer, since it became pending.
    attempts     integer not null default 0,
    -- Why its faces are not known; null unless failed or denied.
    failure      text,
    -- The pack that looked for its faces; null until indexed.
    pack_id      integer references pack (id),
    -- Upright pixels of the picture that was searched for faces; null until indexed.
    width        integer,
    height       integer,
    primary key (folder_id, file_id),
    check ((state in ('failed', 'denied')) = (failure is not null)),
    check ((state = 'indexed') = (pack_id is not null)),
    check ((pack_id is null) = (width is null) and (width is null) = (height is null))
) strict;
create index drive_file_by_state on drive_file (folder_id, state, attempts, file_id);

create table drive_face (
    folder_id text not null,
    file_id   text not null,
    -- Box in pixels of the picture of `drive_file`.
    x         real not null,
    y         real not null,
    w         real not null,
    h         real not null,
    -- As in `face`.
    embedding blob not null,
    foreign key (folder_id, file_id) references drive_file (folder_id, file_id) on delete cascade
) strict;
create index drive_face_by_file on drive_face (folder_id, file_id);

-- One user's search of one folder: a job that goes on after a restart.
create table drive_search (
    id            integer primary key,
    user_id       integer not null references user (id) on delete cascade,
    folder_id     text    not null references drive_folder (id),
    -- As the user gave it.
    url           text    not null,
    -- 'pending': waits its turn; 'processing'; 'completed'; 'failed', see `message`.
    status        text    not null check (status in ('pending', 'processing', 'completed', 'failed')),
    -- For the user: what is being done, or why it failed.
    message       text    not null,
    -- The searched face, as in `face`; gone when the search has ended.
    pack_id       integer references pack (id),
    embedding     blob,
    -- Pictures of the folder, and those of them that are searched or given up; 0 until listed.
    files_total   integer not null default 0,
    files_done    integer not null default 0,
    files_failed  integer not null default 0,
    -- Whether its folder was listed for it: the first time, pictures that Drive did not give are asked for again.
    is_listed     integer not null default 0 check (is_listed in (0, 1)),
    -- Not before: a pause that Drive asked for, or a worker's lease.
    free_at_ms    integer not null default 0,
    created_at_ms integer not null,
    check ((pack_id is null) = (embedding is null)),
    check ((status in ('completed', 'failed')) = (embedding is null))
) strict;
create index drive_search_by_user on drive_search (user_id, created_at_ms);
create index drive_search_by_folder on drive_search (folder_id, status);

-- A picture the user is in, with a copy of it of our own.
create table drive_match (
    -- Name of the copy.
    id            integer primary key,
    search_id     integer not null references drive_search (id) on delete cascade,
    file_id       text    not null,
    -- The face in pixels of the copy.
    x             real    not null,
    y             real    not null,
    w             real    not null,
    h             real    not null,
    similarity    real    not null,
    created_at_ms integer not null,
    unique (search_id, file_id)
) strict;
