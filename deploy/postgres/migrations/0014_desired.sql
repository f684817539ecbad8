-- Desired configuration: which version of a profile counts, how each device stands to what it shall be, the history of its parameters, and pools of ids.

-- ---------------------------------------------------------------- profiles

-- A version is immutable; which one counts is said by profile_head.
alter table profile add column created_by text not null default '';
alter table profile add column note text not null default '';

-- No row: the profile is off. A rollback sets an older version.
create table profile_head (
	tenant     text not null,
	name       text not null,
	version    int not null,
	changed    timestamptz not null default clock_timestamp(),
	changed_by text not null default '',
	primary key (tenant, name)
);
insert into profile_head (tenant, name, version)
	select distinct on (tenant, name) tenant, name, version from profile where active order by tenant, name, version desc;

-- Values that {group.<name>} stands for. doc: {"values": {name: text}}.
alter table device_group add column doc jsonb not null default '{}';

-- ---------------------------------------------------------------- generations

-- Raised by every change that can change what a device shall be. One sequence for all tenants: device_hot.gen below the newest one says that a device has not been looked
-- at since, whoever it belongs to. A look at one that is not meant costs little, and there is one at most.
create sequence desired_gen as int;
create table desired_generation (
	tenant text primary key,
	gen    int not null
);

create function desired_raise(tenant_ text) returns void language sql as $$
	insert into desired_generation (tenant, gen) values (tenant_, nextval('desired_gen')::int)
	on conflict (tenant) do update set gen = excluded.gen
$$;

create function desired_changed() returns trigger language plpgsql as $$
begin
	if tg_op <> 'INSERT' then
		perform desired_raise(old.tenant);
	end if;
	if tg_op <> 'DELETE' then
		perform desired_raise(new.tenant);
	end if;
	return null;
end $$;

-- A version that is inserted as active counts from now on.
create function profile_activated() returns trigger language plpgsql as $$
begin
	insert into profile_head (tenant, name, version, changed_by) values (new.tenant, new.name, new.version, new.created_by)
	on conflict (tenant, name) do update set version = excluded.version, changed = clock_timestamp(), changed_by = excluded.changed_by
		where profile_head.version < excluded.version;
	return null;
end $$;
create trigger profile_activated after insert on profile for each row when (new.active) execute function profile_activated();

-- A version that is gone cannot count: the newest active one left does.
create function profile_deleted() returns trigger language plpgsql as $$
declare
	left_ int := (select max(version) from profile where tenant = old.tenant and name = old.name and active);
begin
	if left_ is null then
		delete from profile_head where tenant = old.tenant and name = old.name and version = old.version;
	else
		update profile_head set version = left_, changed = clock_timestamp(), changed_by = ''
			where tenant = old.tenant and name = old.name and version = old.version;
	end if;
	return null;
end $$;
create trigger profile_deleted after delete on profile for each row execute function profile_deleted();

create trigger desired_changed after insert or update or delete on profile_head for each row execute function desired_changed();
create trigger desired_changed after insert or update or delete on site for each row execute function desired_changed();
create trigger desired_changed after insert or update or delete on device_group for each row execute function desired_changed();
do $$ begin
	if exists (select 1 from profile_head) then
		perform desired_raise(tenant) from (select distinct tenant from profile_head) t;
	end if;
end $$;

-- A device that is moved to another group or region, or tagged, is looked at at once.
create function device_regrouped() returns trigger language plpgsql as $$
begin
	update device_hot set gen = 0 where device_id = new.device_id;
	perform device_notice(new.device_id);
	return null;
end $$;
create trigger device_regrouped after update of group_name, region, tags on device for each row
	when ((old.group_name, old.region, old.tags) is distinct from (new.group_name, new.region, new.tags)) execute function device_regrouped();

-- ---------------------------------------------------------------- devices

-- notes: what is known beside cached values (lib/desired/notes.h).
create table device_desired (
	device_id uuid primary key,
	hash      bigint not null,                -- of the desired state that it was looked at for
	state     text not null check (state in ('none', 'pending', 'in_sync', 'failing', 'drifted', 'unsupported')),
	reason    text not null default '',
	profiles  jsonb not null default '[]',    -- [[name, version], ...] in the order in which they count
	notes     jsonb not null default '{}',
	failures  int not null default 0,
	retry     timestamptz,                    -- failing: again from then on
	since     timestamptz not null,
	audited   timestamptz not null
);
create index device_desired_state on device_desired (state);
create index device_desired_audited on device_desired (audited);

-- Who changed what: paths that profiles manage, and what operators have set. source: P profile, O operator, D the device or somebody at it.
create table param_history (
	device_id  uuid not null,
	at         timestamptz not null,
	path_id    int not null,
	instances  int[] not null,
	old        text,
	new        text,
	source     "char" not null,
	by         text not null,
	command_id bigint
) partition by range (at);
create index param_history_device on param_history (device_id, at);
create table param_history_default partition of param_history default;

create function param_history_partitions(ahead int default 2) returns void language plpgsql as $$
declare
	m timestamptz;
	suffix text;
begin
	perform pg_advisory_xact_lock(7547001);
	for i in 0 .. ahead loop
		m := (date_trunc('month', now() at time zone 'UTC') + make_interval(months => i)) at time zone 'UTC';
		suffix := to_char(m at time zone 'UTC', 'YYYYMM');
		if to_regclass('param_history_' || suffix) is null then
			execute format('create table %I partition of param_history for values from (%L) to (%L)', 'param_history_' || suffix, m,
				(m at time zone 'UTC' + interval '1 month') at time zone 'UTC');
		end if;
	end loop;
end $$;
select param_history_partitions();

-- ---------------------------------------------------------------- pools of ids

-- doc: {"from": n, "to": n} or {"values": [text, ...]}; {"scope": "tenant"} (each value once) or {"scope": "neighbourhood", "radius_m": n} (once within that distance).
create table id_pool (
	tenant text not null,
	name   text not null,
	doc    jsonb not null,
	primary key (tenant, name),
	constraint id_pool_values check (case when doc ? 'values' then jsonb_typeof(doc -> 'values') = 'array' and not doc ? 'from' and not doc ? 'to'
		else coalesce(doc ->> 'from' ~ '^[0-9]{1,15}$' and doc ->> 'to' ~ '^[0-9]{1,15}$', false)
			and (doc ->> 'to')::bigint - (doc ->> 'from')::bigint between 0 and 4294967295 end),
	constraint id_pool_scope check (case doc ->> 'scope' when 'tenant' then true
		when 'neighbourhood' then coalesce(doc ->> 'radius_m' ~ '^[0-9]{1,7}$', false)
			and (doc ? 'values' or (doc ->> 'to')::bigint - (doc ->> 'from')::bigint <= 65535) else false end)
);
create trigger desired_changed after insert or update or delete on id_pool for each row execute function desired_changed();

create table id_pool_lease (
	tenant    text not null,
	pool      text not null,
	value     text not null,
	device_id uuid not null,
	single    boolean not null,               -- nobody else in the tenant may have it
	latitude  int not null default 0,         -- degrees * 1e6, of the device when it was allotted
	longitude int not null default 0,
	allotted  timestamptz not null default clock_timestamp(),
	released  timestamptz,
	free      boolean not null default false  -- released, and nobody has it since: the next one to be taken once all have been had
);
create unique index id_pool_lease_device on id_pool_lease (device_id, pool) where released is null;
create unique index id_pool_lease_value on id_pool_lease (tenant, pool, value) where released is null and single;
create index id_pool_lease_place on id_pool_lease (tenant, pool, latitude) where released is null and not single;
create index id_pool_lease_free on id_pool_lease (tenant, pool, released) where free;

-- How far the values of a pool have been gone through: without it, each allotment would pass all values that are taken. Its row is the pool's lock.
create table id_pool_place (
	tenant text not null,
	name   text not null,
	next   bigint not null default 0,
	primary key (tenant, name)
);

create function id_pool_size(doc jsonb) returns bigint language sql immutable as $$
	select case when doc ? 'values' then jsonb_array_length(doc -> 'values') else (doc ->> 'to')::bigint - (doc ->> 'from')::bigint + 1 end
$$;

create function id_pool_value(doc jsonb, place bigint) returns text language sql immutable as $$
	select case when doc ? 'values' then doc -> 'values' ->> place::int else ((doc ->> 'from')::bigint + place)::text end
$$;

create function id_pool_has(doc jsonb, value text) returns boolean language sql immutable as $$
	select case when doc ? 'values' then exists (select from jsonb_array_elements_text(doc -> 'values') e(item) where item = id_pool_has.value)
		else id_pool_has.value ~ '^[0-9]{1,15}$' and id_pool_has.value::bigint between (doc ->> 'from')::bigint and (doc ->> 'to')::bigint end
$$;

-- Other values: they are gone through anew.
create function id_pool_anew() returns trigger language plpgsql as $$
begin
	delete from id_pool_place where tenant = old.tenant and name = old.name;
	update id_pool_lease set free = false where tenant = old.tenant and pool = old.name and free;
	return null;
end $$;
create trigger id_pool_anew after update of doc or delete on id_pool for each row execute function id_pool_anew();

-- Metres between two places, on a sphere.
create function distance_m(lat1 int, lon1 int, lat2 int, lon2 int) returns float8 language sql immutable as $$
	select 12742000 * asin(least(1, sqrt(sin(radians((lat2 - lat1) / 2e6)) ^ 2
		+ cos(radians(lat1 / 1e6)) * cos(radians(lat2 / 1e6)) * sin(radians((lon2 - lon1) / 2e6)) ^ 2)))
$$;

-- A value that nobody in the tenant has: the next in order, then the one that has been free for longest.
create function id_pool_single(p id_pool) returns text language plpgsql as $$
declare
	place bigint := (select next from id_pool_place where tenant = p.tenant and name = p.name);
	size bigint := id_pool_size(p.doc);
	found_ text;
begin
	while place < size and found_ is null loop
		found_ := id_pool_value(p.doc, place);
		place := place + 1;
		if exists (select from id_pool_lease l where l.tenant = p.tenant and l.pool = p.name and l.value = found_ and l.released is null and l.single) then
			found_ := null;
		end if;
	end loop;
	update id_pool_place set next = place where tenant = p.tenant and name = p.name and next <> place;
	if found_ is null then
		select value into found_ from id_pool_lease where tenant = p.tenant and pool = p.name and free order by released limit 1;
	end if;
	update id_pool_lease set free = false where tenant = p.tenant and pool = p.name and free and value = found_;
	return found_;
end $$;

-- A value that nobody has within the pool's radius. A degree of latitude is at least 110.5 km.
create function id_pool_near(p id_pool, latitude_ int, longitude_ int) returns text language sql as $$
	select v from (select id_pool_value(p.doc, n) v from generate_series(0, id_pool_size(p.doc) - 1) n) t
	where v not in (select value from id_pool_lease l where l.tenant = p.tenant and l.pool = p.name and l.released is null and not l.single
		and l.latitude between latitude_ - (p.doc ->> 'radius_m')::bigint * 9.1 and latitude_ + (p.doc ->> 'radius_m')::bigint * 9.1
		and distance_m(l.latitude, l.longitude, latitude_, longitude_) <= (p.doc ->> 'radius_m')::float8) limit 1
$$;

-- The device's value of a pool: the one that it has, or a free one. Null: there is no such pool, or none is free. One at a time for each pool.
create function id_pool_allot(device_ uuid, pool_ text) returns text language plpgsql as $$
declare
	d device;
	p id_pool;
	found_ text;
	near boolean;
begin
	select value into found_ from id_pool_lease where device_id = device_ and pool = pool_ and released is null;
	if found then
		return found_;
	end if;
	select * into d from device where device_id = device_;
	select * into p from id_pool where tenant = d.tenant and name = pool_;
	if p.name is null then
		return null;
	end if;
	insert into id_pool_place values (p.tenant, p.name) on conflict do nothing;
	perform from id_pool_place where tenant = p.tenant and name = p.name for update;
	near := p.doc ->> 'scope' = 'neighbourhood';
	found_ := case when near then id_pool_near(p, d.latitude, d.longitude) else id_pool_single(p) end;
	if found_ is not null then
		insert into id_pool_lease (tenant, pool, value, device_id, single, latitude, longitude)
		values (p.tenant, p.name, found_, device_, not near, d.latitude, d.longitude);
	end if;
	return found_;
end $$;

-- De-provisioning: all that it had is free again.
create function id_pool_release(device uuid) returns void language sql as $$
	update id_pool_lease l set released = clock_timestamp(),
		free = single and exists (select from id_pool p where p.tenant = l.tenant and p.name = l.pool and id_pool_has(p.doc, l.value))
	where device_id = device and released is null
$$;
