-- New photos of an event are read without its older ones.
create index photo_by_arrival on photo (event_id, indexed_sequence);
