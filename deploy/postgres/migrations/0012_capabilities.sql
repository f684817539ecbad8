-- What devices can do (their methods, merged with the registry of quirks) and what their models do not have.

-- rpc_methods is what holds: rpc_named and "+" of rpc_registry, without rpc_refused and "-" of rpc_registry.
alter table device
	add column rpc_named text not null default '',      -- " GetRPCMethods Reboot ": of its GetRPCMethodsResponse; empty: not known
	add column rpc_refused text not null default '',    -- " Reboot ": answered with fault 9000 since
	add column rpc_registry text not null default '',   -- " +AddObject -Reboot ": of the registry of quirks, when the device was last looked at
	add column rpc_tries smallint not null default 0;   -- HMS has asked for rpc_methods so often, or was answered

update device set rpc_named = rpc_methods where rpc_methods <> '';

-- Names for which devices of a model and version have answered fault 9005: procedures leave them out. A reference table; deleting a row forgets it.
create table absent_name (
	tenant           text not null,
	oui              text not null,
	product_class    text not null,
	software_version text not null,
	name             text not null,
	device_id        uuid not null,             -- who showed it first
	at               timestamptz not null default now(),
	primary key (tenant, oui, product_class, software_version, name)
);

-- What devices have shown of their models. NULL: of all.
create function learnt_list(tenant_ text, oui_ text, product_class_ text, version_ text) returns table
	(oui text, product_class text, software_version text, what text, shown_by uuid, at timestamptz) stable language sql as $$
	select * from (
		select q.oui, q.product_class, q.software_version, q.quirk || ' ' || q.value as what, q.device_id as shown_by, q.last as at
		from learnt_quirk q where q.tenant = tenant_
		union all
		select a.oui, a.product_class, a.software_version, 'absent ' || a.name, a.device_id, a.at
		from absent_name a where a.tenant = tenant_) l
	where l.oui = coalesce(upper(oui_), l.oui) and l.product_class = coalesce(product_class_, l.product_class)
		and l.software_version = coalesce(version_, l.software_version)
	order by 1, 2, 3, 4
$$;

create function learnt_forget(tenant_ text, oui_ text, product_class_ text, version_ text) returns bigint language sql as $$
	with q as (
		delete from learnt_quirk l where l.tenant = tenant_ and l.oui = upper(oui_) and l.product_class = coalesce(product_class_, l.product_class)
			and l.software_version = coalesce(version_, l.software_version) returning 1
	), a as (
		delete from absent_name l where l.tenant = tenant_ and l.oui = upper(oui_) and l.product_class = coalesce(product_class_, l.product_class)
			and l.software_version = coalesce(version_, l.software_version) returning 1
	)
	select (select count(*) from q) + (select count(*) from a)
$$;

-- ---------------------------------------------------------------- northbound

-- The methods of the standard, and the minor version of CWMP that has them (lib/include/hms/cwmp/methods.def).
create function api_v1.cpe_methods() returns table (name text, since int) immutable language sql as $$
	values ('GetRPCMethods', 0), ('SetParameterValues', 0), ('GetParameterValues', 0), ('GetParameterNames', 0), ('SetParameterAttributes', 0),
		('GetParameterAttributes', 0), ('AddObject', 0), ('DeleteObject', 0), ('Download', 0), ('Reboot', 0), ('GetQueuedTransfers', 0),
		('ScheduleInform', 0), ('SetVouchers', 0), ('GetOptions', 0), ('Upload', 0), ('FactoryReset', 0), ('GetAllQueuedTransfers', 1),
		('ScheduleDownload', 2), ('CancelTransfer', 2), ('ChangeDUState', 2)
$$;

-- Why a device cannot be given a method; null: it can, or nothing is known (services/provisioning/capability.c says the same).
create function api_v1.method_reason(d device, kind_ text) returns text stable language sql as $$
	select case
		when d.cwmp < m.since and exists (select 1 from device_hot h where h.device_id = d.device_id and h.sid <> 0)
			then kind_ || ' needs CWMP 1.' || m.since || ', the device speaks 1.' || d.cwmp
		when strpos(d.rpc_registry, ' -' || kind_ || ' ') > 0 then 'the registry of quirks says that the device lacks ' || kind_
		when kind_ = 'GetRPCMethods' or d.rpc_named = '' or strpos(d.rpc_methods, ' ' || kind_ || ' ') > 0 then null
		else 'the device does not have ' || kind_ || ': ' || case when strpos(d.rpc_refused, ' ' || kind_ || ' ') > 0
			then 'it answered with fault 9000' else 'GetRPCMethods did not name it' end
		end
	from (select coalesce((select since from api_v1.cpe_methods() where name = kind_), 0) as since) m
$$;

-- What a device can be asked, with where that is known from, and what not, with why.
create function api_v1.methods(dev uuid) returns jsonb stable language sql as $$
	with s as (
		select m.name, m.n, case when strpos(d.rpc_named, ' ' || m.name || ' ') > 0 then 'device' else 'registry' end as source
		from device d cross join lateral unnest(string_to_array(nullif(btrim(d.rpc_methods), ''), ' ')) with ordinality as m(name, n)
		where d.device_id = dev and api_v1.method_reason(d, m.name) is null
	), u as (
		select m.name, api_v1.method_reason(d, m.name) as reason
		from device d cross join lateral (select c.name from api_v1.cpe_methods() c
			union select unnest(string_to_array(nullif(btrim(d.rpc_refused), ''), ' '))) m
		where d.device_id = dev
	)
	select jsonb_build_object('known', (select rpc_named <> '' from device where device_id = dev),
		'supported', (select coalesce(jsonb_agg(jsonb_build_object('name', name, 'source', source) order by n), '[]') from s),
		'unsupported', (select coalesce(jsonb_agg(jsonb_build_object('name', name, 'reason', reason) order by name), '[]') from u where reason is not null))
$$;

create or replace function api_v1.method_need(dev uuid, kind_ text) returns void stable language plpgsql as $$
declare
	reason text := (select api_v1.method_reason(d, kind_) from device d where d.device_id = dev);
begin
	if reason is not null then
		perform api_v1.refuse('HM422', reason, 'kind');
	end if;
end $$;
