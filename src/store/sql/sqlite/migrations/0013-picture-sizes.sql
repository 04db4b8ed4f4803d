-- Size of a photo's preview, which its viewers get first. Null for photos of earlier versions: their previews have the
-- proportions of the photo.
alter table photo add column preview_width integer;
alter table photo add column preview_height integer;

-- Size of the copy. Null for copies of earlier versions.
alter table drive_match add column width integer;
alter table drive_match add column height integer;
