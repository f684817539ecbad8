-- What provisioning does with a device after its registration, and when it is blocked.

alter table device
	add column duties      int not null default 0,     -- bits of services/provisioning/duties.def
	add column pm_instance int not null default 0,     -- row of the table of PM uploads (FAP.PerfMgmt.Config) that HMS uses; 0: not known; -1: there is none
	add column pm_hash     bigint not null default 0;  -- of the PM upload settings that were confirmed last; 0: none

-- The sweep takes the oldest 1,000 that nobody has noticed: in the order of this index it stops there.
create index command_unnoticed_id on command (id) where not noticed;
drop index command_unnoticed;
