-- Ids are random 53-bit integers made by FotoTa, times are milliseconds since 1970-01-01T00:00:00Z.

-- A detector and a recogniser whose vectors may be compared with each other, and with no others.
create table pack (
    id          integer primary key,
    -- SHA-256 over the checksums of both model files.
    fingerprint blob    not null unique check (length(fingerprint) = 32),
    -- What the pack was called when it was first used.
    name        text    not null,
    -- Numbers in each vector.
    dimensions  integer not null check (dimensions > 0)
) strict;

create table event (
    id            integer primary key,
    name          text    not null,
    -- The secret part of the guests' link: 16 characters of base 32.
    share_code    text    not null unique,
    -- PHC string (argon2id); null: the link alone lets guests in.
    password_hash text,
    created_at_ms integer not null
) strict;

create table photo (
    id            integer primary key,
    event_id      integer not null references event (id) on delete cascade,
    -- The photographer's name for it, without folders.
    file_name     text    not null,
    -- SHA-256 of the file: the same bytes are taken into an event once.
    digest        blob    not null check (length(digest) = 32),
    size_bytes    integer not null,
    -- Found in its first bytes.
    format        text    not null check (format in ('jpg', 'png', 'webp')),
    -- Upright pixels; null until indexed.
    width         integer,
    height        integer,
    state         text    not null check (state in ('pending', 'indexed', 'failed')),
    -- Why it could not be indexed; null unless failed.
    failure       text,
    created_at_ms integer not null,
    unique (event_id, digest),
    check ((state = 'failed') = (failure is not null))
) strict;

create table face (
    id        integer primary key,
    photo_id  integer not null references photo (id) on delete cascade,
    -- The photo's event, repeated so that a search reads one index.
    event_id  integer not null references event (id) on delete cascade,
    pack_id   integer not null references pack (id),
    -- Box in pixels of the upright photo, clipped to its edges.
    x         real    not null,
    y         real    not null,
    w         real    not null,
    h         real    not null,
    -- The detector's confidence, 0 to 1.
    score     real    not null,
    -- See `Quality` in the source: pixels, variance of the Laplacian, eye distances.
    size_px   real    not null,
    sharpness real    not null,
    yaw       real    not null,
    -- Unit vector as little-endian half floats: the record. The table face_vec_<pack id> is derived from it.
    embedding blob    not null
) strict;
create index face_by_event on face (event_id, pack_id);
create index face_by_photo on face (photo_id);

-- Photos still to be indexed; a row lives until its photo is indexed or has failed for good.
create table job (
    -- First come, first served.
    id         integer primary key autoincrement,
    photo_id   integer not null unique references photo (id) on delete cascade,
    -- How often a worker began it; tells one worker's lease from the next one's.
    attempts   integer not null default 0,
    -- How often it ended with an error.
    errors     integer not null default 0,
    -- No worker may take it before: a lease while one works on it, a pause after an error.
    free_at_ms integer not null default 0
) strict;

-- A browser that may see the photos of one event.
create table guest_session (
    -- SHA-256 of the random token in the guest's cookie.
    token_hash      blob    primary key check (length(token_hash) = 32),
    event_id        integer not null references event (id) on delete cascade,
    -- The event's password_hash when the guest was let in: a new password ends the session.
    password_hash   text,
    -- When and to which version of the text the guest agreed to the face search; null: not, or taken back.
    consent_at_ms   integer,
    consent_version text,
    expires_at_ms   integer not null
) strict;
create index guest_session_by_expiry on guest_session (expires_at_ms);

-- Files of deleted photos that may still lie on disk: written with the deletion, emptied after it.
create table purge (
    photo_id integer primary key,
    format   text not null
) strict;
