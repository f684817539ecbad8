-- Devices, commands, consumer offsets and what procedures hand out. Tables of devices begin their primary key with device_id and
-- refer to no other table, so that the schema shards by device_id. docs/architecture.md says who writes what.

-- ---------------------------------------------------------------- identity (the same functions exist in C)

create function hms_device_id(tenant text, oui text, product_class text, serial text) returns uuid
language sql immutable parallel safe as $$
	select encode(substring(sha256(
		'hms1'::bytea || '\x00'::bytea
		|| convert_to(btrim(tenant, E' \t\r\n'), 'UTF8') || '\x00'::bytea
		|| convert_to(upper(btrim(oui, E' \t\r\n') collate "C"), 'UTF8') || '\x00'::bytea
		|| convert_to(btrim(coalesce(product_class, ''), E' \t\r\n'), 'UTF8') || '\x00'::bytea
		|| convert_to(btrim(serial, E' \t\r\n'), 'UTF8')) from 1 for 16), 'hex')::uuid
$$;

create function hms_bucket(device_id uuid) returns int
language sql immutable parallel safe as $$
	select (get_byte(uuid_send(device_id), 0) << 4) | (get_byte(uuid_send(device_id), 1) >> 4)
$$;

create function hms_partition(device_id uuid, partitions int) returns int
language sql immutable parallel safe as $$ select (hms_bucket(device_id) * partitions) >> 12 $$;

-- Command ids made here carry worker 1023; services use 0 to 1022.
create sequence hms_command_counter;
create function hms_command_id() returns bigint language sql volatile as $$
	select ((extract(epoch from clock_timestamp()) * 1000)::bigint - 1767225600000) << 22
		| (1023::bigint << 12) | (nextval('hms_command_counter') & 4095)
$$;

-- ---------------------------------------------------------------- devices

-- Written at every Inform: narrow, every update HOT, so never a second index.
create table device_hot (
	device_id    uuid primary key,
	sid          bigint not null default 0,   -- newest session
	seq          int not null default 0,      -- highest number consumed of what the device said in it
	hold_until   bigint not null default 0,   -- microseconds since 1970; 0 = the session does not wait
	g_next       smallint not null default 1, -- next grant number in this session
	last_inform  timestamptz,
	recv_us      bigint not null default 0,
	param_hash   bigint not null default 0,
	have_key     text not null default '',    -- ParameterKey known to be on the device
	applied_hash bigint not null default 0,   -- of the configuration that was confirmed last
	gen          int not null default 0,
	flags        int not null default 0,      -- 1 unsettled, 2 blocked
	pending      int not null default 0,      -- open commands
	q_ver        bigint not null default 1    -- version of what Redis holds about the device
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

create table device (
	device_id        uuid primary key,
	tenant           text not null,
	oui              text not null,
	product_class    text not null,
	serial           text not null,
	manufacturer     text not null default '',
	kind             text not null default 'unknown' check (kind in ('unknown', 'hnb', 'henb', 'generic')),
	model            text not null default '',     -- name of the data-model map
	fap              int not null default 1,       -- instance of FAPService
	state            text not null check (state in ('HELD', 'ALLOWED', 'DISCOVERING', 'ASSIGNED', 'REGISTERING', 'PROVISIONED',
	                                                'IN_SERVICE', 'SETTLED', 'FAILED', 'LOCATION_REJECTED', 'BLOCKED')),
	state_since      timestamptz not null default now(),
	state_reason     text not null default '',
	failed_from      text not null default '',     -- state to go back to at the retry
	failures         int not null default 0,       -- in a row
	unlocked         boolean not null default false, -- AdminState = true confirmed since the last boot
	op_state         boolean not null default false,
	rf_tx            boolean not null default false,
	op_state_overdue boolean not null default false, -- an alarm says so (U-REG-07)
	gateway_given    boolean not null default false, -- HNB-GW or S1 far end set (U-DISC-09)
	location_asked   boolean not null default false, -- location parameters were asked for since the last BOOTSTRAP (U-DISC-05)
	assigned_url     text not null default '',
	site             text not null default '',
	profile_version  int not null default 0,
	listener_role    smallint not null default 0,  -- of the newest session: 1 initial, 2 serving, 3 both
	listener_url     text not null default '',
	cwmp             smallint not null default 0,
	latitude         int not null default 0,       -- degrees * 1e6 (LOC-06); means something where location_at is set
	longitude        int not null default 0,
	location_at      timestamptz,                  -- time of the evidence (LOC-08)
	software_version text not null default '',
	hardware_version text not null default '',
	peer_addr        text not null default '',
	connection_request_url text not null default '',
	first_seen       timestamptz,
	boot_at          timestamptz,
	updated          timestamptz not null default now()
);
create index device_serial on device (tenant, serial);
create index device_state on device (state, state_since);

create table device_alias (
	alias     uuid primary key,
	device_id uuid not null
);

-- Sealed outside PostgreSQL: kind 1 own, 2 pending.
create table device_credential (
	device_id uuid not null,
	kind      smallint not null check (kind in (1, 2)),
	sealed    bytea not null,
	changed   timestamptz not null default now(),
	primary key (device_id, kind)
);

-- What happened to a device, in words; states carry the new state.
create table device_history (
	device_id uuid not null,
	at        timestamptz not null default clock_timestamp(),
	kind      text not null,
	state     text not null default '',
	detail    jsonb not null default '{}'
) partition by range (at);
create index device_history_device on device_history (device_id, at);

-- All cached parameters of a device: one compressed document over the dictionary.
create table param_path (
	id   int generated always as identity primary key,
	path text not null unique          -- instance numbers as {i}
);
create table device_param (
	device_id uuid primary key,
	doc       bytea not null,
	changed   timestamptz not null default now()
);
create table device_attr (
	path_id   int not null,
	value     text not null,
	device_id uuid not null,
	primary key (device_id, path_id)
);
create index device_attr_value on device_attr (path_id, value);

create table device_timer (
	bucket    int not null,
	due       timestamptz not null,
	device_id uuid not null,
	name      text not null,
	primary key (device_id, name)
);
create index device_timer_due on device_timer (due, bucket);

-- ---------------------------------------------------------------- commands

create table command (
	device_id   uuid not null,
	id          bigint not null,
	prio        smallint not null default 100,  -- lower first
	grp         bigint,
	replace_key text,
	kind        text not null,                  -- CWMP method
	payload     jsonb not null default '{}',
	purpose     text not null default '',
	origin      text not null,                  -- who asked: 'procedure', 'operator:<name>', ...
	reason      text not null default '',
	state       text not null default 'queued' check (state in ('queued', 'granted', 'running', 'doubt')),
	noticed     boolean not null default false,
	cancel      boolean not null default false,
	not_before  timestamptz,
	deadline    timestamptz not null,
	tries       int not null default 0,
	g_sid       bigint,
	g_n         smallint,
	dispatched  boolean not null default false,
	pre         jsonb,
	created     timestamptz not null default clock_timestamp(),
	primary key (device_id, id)
);
create index command_unnoticed on command (device_id) where not noticed;
create index command_granted on command (device_id) where state = 'granted';
create index command_deadline on command (deadline);

create table command_done (
	device_id   uuid not null,
	id          bigint not null,
	prio        smallint not null,
	grp         bigint,
	replace_key text,
	kind        text not null,
	payload     jsonb not null,
	purpose     text not null,
	origin      text not null,
	reason      text not null,
	state       text not null check (state in ('done', 'faulted', 'expired', 'cancelled', 'unknown')),
	tries       int not null,
	g_sid       bigint,
	g_n         smallint,
	dispatched  boolean not null,
	pre         jsonb,
	created     timestamptz not null,
	ended       timestamptz not null default clock_timestamp(),
	fault       int,
	result      jsonb,
	note        text not null default '',
	primary key (device_id, id)
) partition by range (id);

-- A partition a month for command_done (by the time inside the id) and device_history; safe to call at any time.
create function hms_ensure_partitions(ahead int default 2) returns void language plpgsql as $$
declare
	m timestamptz;
	m2 timestamptz;
	suffix text;
begin
	perform pg_advisory_xact_lock(7547001);
	for i in -1 .. ahead loop
		m := date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' + make_interval(months => i);
		m2 := m + make_interval(months => 1);
		suffix := to_char(m at time zone 'UTC', 'YYYYMM');
		if to_regclass('command_done_' || suffix) is null then
			execute format('create table %I partition of command_done for values from (%s) to (%s)', 'command_done_' || suffix,
				greatest((extract(epoch from m) * 1000)::bigint - 1767225600000, 0) << 22,
				greatest((extract(epoch from m2) * 1000)::bigint - 1767225600000, 1) << 22);
		end if;
		if to_regclass('device_history_' || suffix) is null then
			execute format('create table %I partition of device_history for values from (%L) to (%L)', 'device_history_' || suffix, m, m2);
		end if;
	end loop;
end $$;
create table command_done_default partition of command_done default;
create table device_history_default partition of device_history default;
select hms_ensure_partitions();

-- ---------------------------------------------------------------- consumers

create table consumer_offset (
	service text not null,
	topic   text not null,
	part    int not null,
	next    bigint not null,
	epoch   bigint not null,
	changed timestamptz not null default now(),
	primary key (service, topic, part)
);

-- I1: takes partitions over. A row that was not there begins at offset 0.
create function hms_offset_acquire(service_ text, topic_ text, parts int[])
returns table (part int, next bigint, epoch bigint) language sql as $$
	insert into consumer_offset as o (service, topic, part, next, epoch)
	select service_, topic_, p, 0, 1 from unnest(parts) p order by p
	on conflict (service, topic, part) do update set epoch = o.epoch + 1, changed = now()
	returning o.part, o.next, o.epoch
$$;

-- I1: advances the offsets of a batch, or fails the transaction (SQLSTATE HM001) when one of them is not this owner's any more.
create function hms_offset_advance(service_ text, topics text[], parts int[], olds bigint[], news bigint[], epochs bigint[])
returns void language plpgsql as $$
declare
	matched int;
begin
	update consumer_offset o set next = n.new, changed = now()
	from unnest(topics, parts, olds, news, epochs) as n(topic, part, old, new, epoch)
	where o.service = service_ and o.topic = n.topic and o.part = n.part and o.next = n.old and o.epoch = n.epoch;
	get diagnostics matched = row_count;
	if matched <> cardinality(parts) then
		raise exception 'partition of % was taken over', service_ using errcode = 'HM001';
	end if;
end $$;

create table dead_event (
	service text not null,
	topic   text not null,
	part    int not null,
	off     bigint not null,
	reason  text not null,
	payload bytea not null,
	at      timestamptz not null default clock_timestamp(),
	primary key (service, topic, part, off)
);

create table outbox (
	id      bigint generated always as identity primary key,
	topic   text not null,
	key     bytea,
	part    int not null default 0,
	payload bytea not null,
	created timestamptz not null default clock_timestamp()
);

-- ---------------------------------------------------------------- what procedures hand out

-- match: {"circle": {"lat": degrees, "lon": degrees, "radius_m": n}} or {"any": true}; the lowest prio that matches wins.
-- doc: {"values": {logical name: text}}.
create table site (
	tenant text not null,
	name   text not null,
	prio   int not null default 100,
	match  jsonb not null,
	doc    jsonb not null,
	primary key (tenant, name)
);

-- One document, versioned; the highest active version counts.
create table profile (
	tenant  text not null,
	name    text not null,
	version int not null,
	active  boolean not null default true,
	doc     jsonb not null,
	created timestamptz not null default now(),
	primary key (tenant, name, version)
);

-- ---------------------------------------------------------------- functions for everyone who is not the owner of the partition

-- Asks the owner of the device's partition to look at it soon.
create function device_notice(device uuid) returns void language sql as $$
	insert into device_timer (bucket, due, device_id, name) values (hms_bucket(device), clock_timestamp(), device, 'notice')
	on conflict (device_id, name) do update set due = least(device_timer.due, excluded.due)
$$;

-- Allows a device, seen or not; idempotent. A blocked one has to be unblocked instead.
create function device_allow(tenant_ text, oui_ text, product_class_ text, serial_ text) returns uuid language plpgsql as $$
declare
	dev uuid := hms_device_id(tenant_, oui_, product_class_, serial_);
	was text;
begin
	insert into device_hot (device_id, flags) values (dev, 1) on conflict do nothing;
	perform 1 from device_hot where device_id = dev for update;
	select state into was from device where device_id = dev;
	if was is null then
		insert into device (device_id, tenant, oui, product_class, serial, state)
		values (dev, btrim(tenant_), upper(btrim(oui_)), btrim(coalesce(product_class_, '')), btrim(serial_), 'ALLOWED');
	elsif was = 'HELD' then
		update device set state = 'ALLOWED', state_since = now(), state_reason = '', updated = now() where device_id = dev;
	else
		return dev;
	end if;
	update device_hot set flags = flags | 1, q_ver = q_ver + 1 where device_id = dev;
	insert into device_history (device_id, kind, state) values (dev, 'state', 'ALLOWED');
	perform device_notice(dev);
	return dev;
end $$;

-- Accepts a command: its commit is the acceptance (I4). The same replace_key replaces what is still queued.
create function command_add(device uuid, kind_ text, payload_ jsonb default '{}', origin_ text default 'operator', reason_ text default '',
	prio_ int default 100, life interval default '24 hours', replace_key_ text default null, not_before_ timestamptz default null)
returns bigint language plpgsql as $$
declare
	new_id bigint := hms_command_id();
	replaced int := 0;
begin
	if payload_ ? 'ParameterKey' or payload_ ? 'CommandKey' then
		raise exception 'ParameterKey and CommandKey are set by HMS' using errcode = '22023';
	end if;
	perform 1 from device_hot where device_id = device for update;
	if not found then
		raise exception 'no such device: %', device using errcode = 'P0002';
	end if;
	if replace_key_ is not null then
		with gone as (
			delete from command where device_id = device and replace_key = replace_key_ and state = 'queued' returning *)
		insert into command_done (device_id, id, prio, grp, replace_key, kind, payload, purpose, origin, reason, state, tries, g_sid, g_n,
			dispatched, pre, created, note)
		select device_id, id, prio, grp, replace_key, kind, payload, purpose, origin, reason, 'cancelled', tries, g_sid, g_n, dispatched, pre,
			created, 'replaced by ' || new_id from gone;
		get diagnostics replaced = row_count;
	end if;
	insert into command (device_id, id, prio, replace_key, kind, payload, origin, reason, not_before, deadline)
	values (device, new_id, prio_, replace_key_, kind_, payload_, origin_, reason_, not_before_, clock_timestamp() + life);
	update device_hot set pending = pending + 1 - replaced, q_ver = q_ver + 1 where device_id = device;
	return new_id;
end $$;

-- Asks for a command's end; what becomes of it is the owner's to say (contracts 7).
create function command_cancel(device uuid, id_ bigint) returns boolean language plpgsql as $$
begin
	perform 1 from device_hot where device_id = device for update;
	update command set cancel = true, noticed = false where device_id = device and id = id_;
	return found;
end $$;

-- The state of a command, open or ended.
create view command_all as
	select device_id, id, prio, kind, payload, purpose, origin, reason, state, tries, g_sid, g_n, dispatched, created, null::timestamptz as ended,
		null::int as fault, null::jsonb as result, '' as note, cancel, deadline from command
	union all
	select device_id, id, prio, kind, payload, purpose, origin, reason, state, tries, g_sid, g_n, dispatched, created, ended, fault, result, note,
		false, null from command_done;

-- Replaces a device's sealed credential and has its cache entry written again.
create function device_credential_set(device uuid, kind_ smallint, sealed_ bytea) returns void language sql as $$
	insert into device_credential (device_id, kind, sealed) values (device, kind_, sealed_)
	on conflict (device_id, kind) do update set sealed = excluded.sealed, changed = now();
	update device_hot set q_ver = q_ver + 1 where device_id = device;
	select device_notice(device)
$$;

-- ---------------------------------------------------------------- views for other services

create schema api_v1;

-- What a front end needs when the cache has no entry.
create view api_v1.device_auth as
	select d.device_id, null::uuid as canonical_id, d.state,
		array(select c.sealed from device_credential c where c.device_id = d.device_id order by c.kind) as credentials
	from device d
	union all
	select a.alias, a.device_id, d.state,
		array(select c.sealed from device_credential c where c.device_id = a.device_id order by c.kind)
	from device_alias a join device d on d.device_id = a.device_id;

do $$ begin
	create role hms_fe nologin;
exception when duplicate_object then null;
end $$;
grant usage on schema api_v1 to hms_fe;
grant select on api_v1.device_auth, schema_migration to hms_fe;
