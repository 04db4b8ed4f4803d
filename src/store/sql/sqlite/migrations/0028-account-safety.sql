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
