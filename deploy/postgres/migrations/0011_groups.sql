-- Groups of devices: what a group's devices must show and where they are sent; region and tags, by which profiles select.

-- Names that need no escape in URLs, keys and logs.
create function hms_name_ok(name text) returns boolean immutable language sql as $$
	select name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'
$$;

create function hms_url_ok(url text) returns boolean immutable language sql as $$
	select url ~ '^https?://[!-~]+$' and char_length(url) <= 1024
$$;

-- A reference table, small: every front end keeps it whole. auth null: what the listener says holds.
create table device_group (
	tenant       text not null,
	name         text not null check (hms_name_ok(name)),
	auth         text check (auth in ('none', 'basic', 'digest', 'any', 'certificate', 'certificate+basic', 'certificate+digest', 'certificate+any')),
	redirect_url text not null default '' check (redirect_url = '' or hms_url_ok(redirect_url)),
	changed      timestamptz not null default now(),
	primary key (tenant, name)
);

alter table device add column group_name text not null default '', add column region text not null default '',
	add column tags text[] not null default '{}';
create index device_list_group on device (tenant, group_name, device_id);

-- ---------------------------------------------------------------- for front ends

create or replace view api_v1.device_auth as
	select d.device_id, null::uuid as canonical_id, d.state,
		array(select c.sealed from device_credential c where c.device_id = d.device_id and c.kind in (1, 2) order by c.kind) as credentials,
		d.group_name
	from device d
	union all
	select a.alias, a.device_id, d.state,
		array(select c.sealed from device_credential c where c.device_id = a.device_id and c.kind in (1, 2) order by c.kind),
		d.group_name
	from device_alias a join device d on d.device_id = a.device_id;

create view api_v1.device_group as select tenant, name, auth, redirect_url, changed from device_group;
grant select on api_v1.device_group to hms_fe;

-- ---------------------------------------------------------------- what operators do

-- Makes a group, or gives it these values. Front ends read the table again every few seconds.
create function device_group_set(tenant_ text, name_ text, auth_ text default null, redirect_url_ text default '') returns void
language plpgsql as $$
begin
	if not hms_name_ok(name_) then
		raise exception 'a name has 1 to 64 letters, digits, dots, dashes and underscores' using errcode = 'HM422', column = 'group';
	end if;
	if redirect_url_ <> '' and not hms_url_ok(redirect_url_) then
		raise exception 'it begins with http:// or https:// and has no blanks' using errcode = 'HM422', column = 'redirect_url';
	end if;
	insert into device_group as g (tenant, name, auth, redirect_url) values (btrim(tenant_), name_, auth_, redirect_url_)
	on conflict (tenant, name) do update set auth = excluded.auth, redirect_url = excluded.redirect_url, changed = now()
	where (g.auth, g.redirect_url) is distinct from (excluded.auth, excluded.redirect_url);
	-- A front end keeps no more than these.
	if (select count(*) from device_group) > 10000 then
		raise exception 'there are 10000 groups: no more are kept' using errcode = 'HM409', column = 'group';
	end if;
end $$;

-- False: there was none. One that devices are in stays: their rule would be forgotten with it.
create function device_group_delete(tenant_ text, name_ text) returns boolean language plpgsql as $$
begin
	perform 1 from device_group g where g.tenant = tenant_ and g.name = name_ for update;
	if exists (select 1 from device d where d.tenant = tenant_ and d.group_name = name_) then
		raise exception 'devices are in group %: put them into another one first', name_ using errcode = 'HM409', column = 'group';
	end if;
	delete from device_group g where g.tenant = tenant_ and g.name = name_;
	return found;
end $$;

-- Group ('': none), region and tags of a device, seen or not; null: as it is. Its cache entry is written anew as soon as the owner of its partition
-- has seen the notice.
create function device_set(device uuid, user_ text, group_ text default null, region_ text default null, tags_ text[] default null) returns void
language plpgsql as $$
declare
	dev uuid := device; -- a table has this name, too
	was record;
begin
	perform 1 from device_hot where device_id = dev for update;
	select * into was from device where device_id = dev;
	if not found then
		raise exception 'no such device: %', device using errcode = 'P0002';
	end if;
	if coalesce(group_, '') <> '' then
		perform 1 from device_group g where g.tenant = was.tenant and g.name = group_ for share;
		if not found then
			raise exception 'there is no group %', group_ using errcode = 'HM422', column = 'group';
		end if;
	end if;
	if char_length(region_) > 128 then
		raise exception 'a region has at most 128 characters' using errcode = 'HM422', column = 'region';
	end if;
	tags_ := case when tags_ is not null then array(select distinct t from unnest(tags_) as t order by t) end;
	if cardinality(tags_) > 32 or exists (select 1 from unnest(tags_) as t where t is null or not hms_name_ok(t)) then
		raise exception 'at most 32 tags of 1 to 64 letters, digits, dots, dashes and underscores' using errcode = 'HM422', column = 'tags';
	end if;
	update device set group_name = coalesce(group_, group_name), region = coalesce(region_, region), tags = coalesce(tags_, tags), updated = now()
	where device_id = dev
		and (group_name, region, tags) is distinct from (coalesce(group_, group_name), coalesce(region_, region), coalesce(tags_, tags));
	if not found then
		return;
	end if;
	update device_hot set q_ver = q_ver + 1 where device_id = dev;
	insert into device_history (device_id, kind, detail)
	select dev, 'set', jsonb_build_object('by', user_, 'group', d.group_name, 'region', d.region, 'tags', to_jsonb(d.tags)) from device d
	where d.device_id = dev;
	perform device_notice(dev);
end $$;

-- ---------------------------------------------------------------- the operators' API

create or replace view api_v1.device as
	select d.device_id, d.tenant, d.oui, d.product_class, d.serial, d.manufacturer, d.kind, d.model, d.state, d.state_since, d.state_reason,
		d.failures, d.op_state, d.rf_tx, d.site, d.profile_version, d.software_version, d.hardware_version, d.peer_addr,
		d.connection_request_url,
		case when d.location_at is not null then jsonb_build_object('latitude', d.latitude / 1e6, 'longitude', d.longitude / 1e6,
			'at', d.location_at) end as location,
		d.first_seen, h.last_inform, d.boot_at, d.updated, h.pending as open_commands, h.have_key as parameter_key,
		case when d.rpc_methods <> '' then string_to_array(btrim(d.rpc_methods), ' ') end as rpc_methods,
		d.group_name as "group", d.region, d.tags
	from device d join device_hot h on h.device_id = d.device_id;

create function api_v1.do_group_put(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
begin
	perform device_group_set(caller ->> 'tenant', args ->> 'group', args ->> 'auth', coalesce(args ->> 'redirect_url', ''));
	return (select to_jsonb(g) - 'tenant' || jsonb_build_object('href', '/api/v1/groups/' || g.name)
		from api_v1.device_group g where g.tenant = caller ->> 'tenant' and g.name = args ->> 'group');
end $$;

create function api_v1.do_group_delete(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
begin
	if not device_group_delete(caller ->> 'tenant', args ->> 'group') then
		perform api_v1.refuse('HM404', 'no such group', 'group');
	end if;
	return jsonb_build_object('name', args ->> 'group', 'deleted', true);
end $$;

create function api_v1.do_device_set(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	dev uuid := api_v1.device_need(caller ->> 'tenant', args -> 'device');
begin
	perform device_set(dev, caller ->> 'name', args ->> 'group', args ->> 'region',
		case when args ? 'tags' then array(select jsonb_array_elements_text(args -> 'tags')) end);
	return (select jsonb_build_object('device_id', dev, 'group', d.group_name, 'region', d.region, 'tags', to_jsonb(d.tags)) from device d
		where d.device_id = dev);
end $$;

-- One that was never seen can be put into its group before it comes.
create or replace function api_v1.do_device_put(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	dev uuid := device_allow(caller ->> 'tenant', args ->> 'oui', args ->> 'product_class', args ->> 'serial');
	now_ text;
begin
	select state into now_ from device where device_id = dev;
	if now_ = 'BLOCKED' then
		perform api_v1.refuse('HM409', 'the device is blocked: unblock it', 'serial');
	end if;
	perform device_set(dev, caller ->> 'name', args ->> 'group', args ->> 'region',
		case when args ? 'tags' then array(select jsonb_array_elements_text(args -> 'tags')) end);
	return jsonb_build_object('device_id', dev, 'state', now_, 'href', '/api/v1/devices/' || dev);
end $$;
