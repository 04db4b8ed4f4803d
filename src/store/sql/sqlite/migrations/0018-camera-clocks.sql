-- Which body of its model took the photo: a short hash of the serial number, and its last characters.
alter table photo add column camera_body text;

-- A raw file and its JPEG say the same time, whatever is known of the camera's clock.
create index photo_by_taken_at on photo (event_id, taken_at) where taken_at is not null;

-- How far the clocks of an event's cameras are off.
create table camera_clock (
    event_id  integer not null references event (id) on delete cascade,
    -- Maker and model, as in `photo`.
    camera    text    not null,
    -- As in `photo`; empty where its photos do not say it.
    body      text    not null,
    -- Added to the camera's clock.
    offset_ms integer not null,
    primary key (event_id, camera, body)
);

-- When the studio last showed a time code: photos of it are looked for among those that arrive within a day.
alter table event add column time_code_shown_ms integer not null default 0;
