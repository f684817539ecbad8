-- Credentials that HMS gives to devices: pending ones until the device has shown them, and those for connection requests.

-- Sealed outside PostgreSQL: kind 1 own, 2 pending, 3 and 4 the same for connection requests.
alter table device_credential drop constraint device_credential_kind_check;
alter table device_credential add constraint device_credential_kind_check check (kind between 1 and 4);

-- What a device may show; what it is shown at connection requests is nobody's here.
create or replace view api_v1.device_auth as
	select d.device_id, null::uuid as canonical_id, d.state,
		array(select c.sealed from device_credential c where c.device_id = d.device_id and c.kind in (1, 2) order by c.kind) as credentials
	from device d
	union all
	select a.alias, a.device_id, d.state,
		array(select c.sealed from device_credential c where c.device_id = a.device_id and c.kind in (1, 2) order by c.kind)
	from device_alias a join device d on d.device_id = a.device_id;

-- Takes a device's credentials away, e.g. after it was reset by hand: the listener's bootstrap credential holds for it again.
create function device_credential_forget(device uuid) returns void language sql as $$
	delete from device_credential where device_id = device;
	update device_hot set q_ver = q_ver + 1 where device_id = device;
	select device_notice(device)
$$;
