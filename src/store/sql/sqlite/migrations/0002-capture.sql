-- What the camera noted; null where it noted nothing. Where a photo was taken is never kept.
-- By the camera's clock: 2026-11-23T18:04:09, with fraction and time zone where the camera knows them.
alter table photo add column taken_at text;
-- Maker and model.
alter table photo add column camera text;
-- How the camera was held: 1 is upright (EXIF, tag 0x0112).
alter table photo add column orientation integer check (orientation between 1 and 8);
