-- Search by chosen parameters, and data models that only the names of a device's objects tell.

-- ---------------------------------------------------------------- chosen parameters

-- Values of the parameters that [provisioning] search_parameters chooses. Paths stand without instance numbers, so a device may have several values of one.
drop index device_attr_value;
alter table device_attr drop constraint device_attr_pkey;
alter table device_attr add primary key (device_id, path_id, value);
create index device_attr_search on device_attr (path_id, value text_pattern_ops);

-- Of which choice the rows of a device are; 0: none has been made yet. The index finds those that are to be caught up.
alter table device_param add column choice int not null default 0;
create index device_param_choice on device_param (choice);

-- ---------------------------------------------------------------- objects

-- Names of objects that the device has shown: between spaces, '+' before those that were looked into; of which software version, and how often it was asked.
alter table device add column objects text not null default '';
alter table device add column objects_version text not null default '';
alter table device add column objects_tries smallint not null default 0;
