-- More formats than three: the check goes, because which ones there are is the program's matter.
alter table photo add column format_name text not null default 'jpg';
update photo set format_name = format;
alter table photo drop column format;
alter table photo rename column format_name to format;

-- Whether something was wrong with the file that decoding could overlook.
alter table photo add column damaged integer not null default 0 check (damaged in (0, 1));

-- The raw file of the same capture: the number it had as a photo of its own, which its blob still has; its name and hash.
alter table photo add column companion_id integer;
alter table photo add column companion_name text;
alter table photo add column companion_digest blob;
create index photo_by_companion on photo (companion_id) where companion_id is not null;
