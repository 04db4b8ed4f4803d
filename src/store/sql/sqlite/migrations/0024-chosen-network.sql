-- The network whose address guests' links carry, if the photographer chose one: at most one row.
create table chosen_network (
    id        integer primary key check (id = 1),
    -- The interface, as the system names it for people.
    interface text    not null,
    -- Its address when it was chosen.
    address   text    not null
) strict;
