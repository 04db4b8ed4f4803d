-- Blobs to be deleted: written with the deletion of their rows, emptied afterwards. Replaces `purge` and `file_purge`.
create table purge_blob (
    -- The blob's key, which is its path below the data folder.
    blob text primary key
) strict;
insert into purge_blob (blob)
    select printf('originals/%02x/%d.%s', photo_id & 255, photo_id, format) from purge
    union select printf('derived/%02x/%d.preview.jpg', photo_id & 255, photo_id) from purge
    union select printf('derived/%02x/%d.thumb.jpg', photo_id & 255, photo_id) from purge
    union select printf('selfies/%02x/%d.jpg', id & 255, id) from file_purge where kind = 'selfie'
    union select printf('drive/%02x/%d.jpg', id & 255, id) from file_purge where kind = 'drive';
drop table purge;
drop table file_purge;
alter table purge_blob rename to purge;
