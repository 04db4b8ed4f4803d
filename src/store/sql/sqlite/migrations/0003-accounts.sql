-- Somebody who signs in. Guests have no row here.
create table user (
    id             integer primary key,
    -- What a local account signs in with, in lower case: an e-mail address or a user name; null: only by a provider.
    login          text unique,
    -- PHC string (argon2id); null: no local password.
    password_hash  text,
    -- As the provider verified it, or as the account was made with; lower case.
    email          text unique,
    name           text    not null,
    -- Address of a picture, at the provider.
    picture        text,
    -- The OpenID provider and its number for the person; both or neither.
    issuer         text,
    subject        text,
    is_admin       integer not null default 0 check (is_admin in (0, 1)),
    -- Since when the account may do nothing; null: it may.
    disabled_at_ms integer,
    created_at_ms  integer not null,
    unique (issuer, subject),
    check ((issuer is null) = (subject is null)),
    check (password_hash is null or login is not null)
) strict;

-- The face a user searches with: one at most. Storing it is the consent, which its deletion takes back.
create table selfie (
    user_id         integer primary key references user (id) on delete cascade,
    -- Name of its file.
    id              integer not null unique,
    -- Why nobody can be searched for with it: an error code; null: somebody can.
    refusal         text,
    -- The pack that made the embedding, and the embedding as in `face`; null with a refusal.
    pack_id         integer references pack (id),
    embedding       blob,
    -- When it was uploaded, which is when the user agreed, and to which version of the text.
    consent_at_ms   integer not null,
    consent_version text    not null,
    -- When it was last searched with: unused ones are deleted after a while.
    used_at_ms      integer not null,
    check ((refusal is null) = (embedding is not null) and (embedding is null) = (pack_id is null))
) strict;

-- Somebody who is signed in, on one device.
create table user_session (
    id            integer primary key,
    user_id       integer not null references user (id) on delete cascade,
    -- 'app': tokens; 'browser': a cookie.
    kind          text    not null check (kind in ('app', 'browser')),
    -- SHA-256 of the id of the only refresh token that is good, or of the cookie's value.
    token_hash    blob    not null unique check (length(token_hash) = 32),
    created_at_ms integer not null,
    expires_at_ms integer not null
) strict;
create index user_session_by_user on user_session (user_id);
create index user_session_by_expiry on user_session (expires_at_ms);

-- Who may change it; null: made on the command line before there was an admin, who gets it then.
alter table event add column owner_id integer references user (id);
alter table event add column description text;
-- When the event is; null: not said.
alter table event add column date_ms integer;
-- Counts the changes of the password: whatever was let in by an older one is out.
alter table event add column password_version integer not null default 0;
alter table event add column updated_at_ms integer not null default 0;
update event set updated_at_ms = created_at_ms;
create index event_by_owner on event (owner_id);

-- The order in which an event's photos were recorded, from 1: pages of a listing are counted in it.
alter table photo add column sequence integer not null default 0;
update photo set sequence = numbered.sequence
from (
    select id, row_number() over (partition by event_id order by created_at_ms, id) as sequence from photo
) numbered
where numbered.id = photo.id;
-- The order in which they became searchable, in the same way; null until then. Guests' pages are counted in it.
alter table photo add column indexed_sequence integer;
update photo set indexed_sequence = sequence where state = 'indexed';
-- How far both have come: numbers of deleted photos are not given again.
alter table event add column photos_recorded integer not null default 0;
alter table event add column photos_indexed integer not null default 0;
update event set
    photos_recorded = (select coalesce(max(sequence), 0) from photo where photo.event_id = event.id),
    photos_indexed = (select coalesce(max(indexed_sequence), 0) from photo where photo.event_id = event.id);
create unique index photo_by_sequence on photo (event_id, sequence);
create index photo_by_name on photo (event_id, file_name collate nocase, sequence);

-- A user's last entry into an event: the history, and the right to search it for a while.
create table visit (
    user_id          integer not null references user (id) on delete cascade,
    event_id         integer not null references event (id) on delete cascade,
    entered_at_ms    integer not null,
    -- The event's when the user was let in.
    password_version integer not null,
    primary key (user_id, event_id)
) strict;

-- Photos that a user keeps.
create table bookmark (
    id            integer primary key,
    user_id       integer not null references user (id) on delete cascade,
    photo_id      integer not null references photo (id) on delete cascade,
    created_at_ms integer not null,
    unique (user_id, photo_id)
) strict;
create index bookmark_by_photo on bookmark (photo_id);

-- Files of rows that are deleted, which may still lie on disk: as `purge`, for everything but photos.
create table file_purge (
    kind text    not null check (kind in ('selfie', 'drive')),
    id   integer not null,
    primary key (kind, id)
) strict;
