-- What a sign-in with a password asks for too: a code of an authenticator app, or a recovery code.
create table second_factor (
    user_id         integer primary key references account (id) on delete cascade,
    -- The app's secret, encrypted with a key of the data folder.
    sealed_secret   blob    not null,
    created_at_ms   integer not null,
    -- Since when sign-ins ask for it; null: the app has not shown yet that it knows the secret.
    confirmed_at_ms integer,
    -- Steps of 30 seconds since 1970: a code works only if it is of a later step than this.
    last_step       integer not null default 0
) strict;

-- Works once in place of a code.
create table recovery_code (
    user_id   integer not null references second_factor (user_id) on delete cascade,
    -- HMAC with a key of the data folder.
    code_hash blob    not null check (length(code_hash) = 32),
    primary key (user_id, code_hash)
) strict;

-- What accounts that use the studio did. Equal entries within a short time are one.
create table audit_entry (
    id          integer primary key,
    -- When it was done first, and last.
    first_at_ms integer not null,
    at_ms       integer not null,
    times       integer not null check (times > 0),
    -- Who; stays a number when the account is deleted. Null: nobody that is known.
    user_id     integer,
    -- 'browser', 'app', or 'command': on the server's computer.
    via         text    not null,
    action      text    not null,
    event_id    integer,
    -- The photo, source or person.
    object_id   integer,
    -- Error code; null: it was done.
    refusal     text,
    -- Client network.
    network     text
) strict;
create index audit_entry_by_time on audit_entry (at_ms);
