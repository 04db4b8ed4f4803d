-- A photo's time may be that of its file: the check goes, because which sources there are is the program's matter.
alter table photo add column time_from text not null default 'arrival';
update photo set time_from = time_source;
alter table photo drop column time_source;
alter table photo rename column time_from to time_source;
