-- Of a camera's file: the camera's name for it, with its folders. Then nobody has said how large the file is, and
-- `size_bytes` is 0.
alter table upload add column path text;
create unique index upload_by_path on upload (source_id, path) where path is not null;
