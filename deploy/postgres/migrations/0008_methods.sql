-- All methods of CWMP: what devices can do, what they say by themselves, and arguments that HMS completes.

alter table device
	add column rpc_methods text not null default '',   -- " GetRPCMethods Reboot ": of its GetRPCMethodsResponse; empty: not known
	add column rpc_version text not null default '';   -- SoftwareVersion that it reported last: another one makes rpc_methods unknown

-- What a device asked for or said by itself, so that a repeat has no second effect (contracts 6, I2); the effect is a row of device_history.
create table device_request (
	device_id uuid not null,
	method    text not null,
	digest    bytea not null,             -- SHA-256 of what it said
	first_at  timestamptz not null,
	last_at   timestamptz not null,
	noted_at  timestamptz not null,       -- time of its last row in device_history
	until     timestamptz not null,       -- the same words before it are the same request
	times     int not null,
	primary key (device_id, method, digest)
);

create function device_requests(devices uuid[], methods text[], details text[], ats timestamptz[], timed bool[]) returns void language plpgsql as $$
begin
	with said as (
		select n.device_id, n.method, sha256(convert_to(n.detail, 'UTF8')) as digest, n.detail, max(n.at) as at,
			case when bool_or(n.timed) then 'infinity' else max(n.at) + interval '1 day' end as until, count(*)::int as times
		from unnest(devices, methods, details, ats, timed) as n(device_id, method, detail, at, timed)
		group by n.device_id, n.method, n.detail
	), kept as (
		insert into device_request as r (device_id, method, digest, first_at, last_at, noted_at, until, times)
		select device_id, method, digest, at, at, at, until, times from said order by 1, 2, 3
		on conflict (device_id, method, digest) do update set last_at = excluded.last_at, times = r.times + excluded.times,
			noted_at = case when r.until < excluded.last_at then excluded.last_at else r.noted_at end,
			until = case when r.until < excluded.last_at then excluded.until else r.until end
		returning r.device_id, r.method, r.digest, r.noted_at
	)
	insert into device_history (device_id, at, kind, state, detail)
	select s.device_id, s.at, s.method, '', s.detail::jsonb from said s
	join kept k on (k.device_id, k.method, k.digest, k.noted_at) = (s.device_id, s.method, s.digest, s.at);
	-- A device that says ever new things keeps its newest.
	delete from device_request r using (
		select device_id, method, digest, row_number() over (partition by device_id order by last_at desc) as n
		from device_request where device_id = any(devices)) old
	where old.n > 64 and (r.device_id, r.method, r.digest) = (old.device_id, old.method, old.digest);
end $$;

-- ---------------------------------------------------------------- northbound

-- Passwords of transfers and of operations on deployment units are shown to nobody; the try of a CancelTransfer is HMS's own.
create function api_v1.arguments_shown(given jsonb) returns jsonb immutable language sql as $$
	select case when jsonb_typeof(a -> 'Operations') is distinct from 'array' then a
		else jsonb_set(a, '{Operations}', (select coalesce(jsonb_agg(
			case when jsonb_typeof(o) = 'object' then jsonb_set(o, '{Password}', '"***"', false) else o end), '[]')
			from jsonb_array_elements(a -> 'Operations') o)) end
	from (select jsonb_set(given - 'Try', '{Password}', '"***"', false) as a) x
$$;

create or replace view api_v1.command as
	select c.device_id, c.id as key_, c.id::text as id, c.kind,
		case when jsonb_typeof(c.payload) = 'object' then api_v1.arguments_shown(c.payload) else c.payload end as arguments, c.state,
		c.ended is not null as ended, c.origin, c.reason, c.purpose, c.prio as priority, c.tries, c.created, c.deadline, c.ended as ended_at,
		nullif(c.fault, 0) as fault, c.result, c.note, c.cancel as cancel_requested
	from command_all c;

create or replace function api_v1.audit(caller jsonb, action_ text, args_ jsonb, status_ int, detail_ text) returns void language sql as $$
	insert into api_audit (tenant, who, role, peer, action, args, status, detail)
	values (caller ->> 'tenant', caller ->> 'name', caller ->> 'role', caller ->> 'peer', action_,
		case when jsonb_typeof(args_ -> 'arguments') = 'object'
			then jsonb_set(args_, '{arguments}', api_v1.arguments_shown(args_ -> 'arguments')) else args_ end, status_, detail_)
$$;

-- The methods that a device has named itself, and nothing while they are not known.
create or replace view api_v1.device as
	select d.device_id, d.tenant, d.oui, d.product_class, d.serial, d.manufacturer, d.kind, d.model, d.state, d.state_since, d.state_reason,
		d.failures, d.op_state, d.rf_tx, d.site, d.profile_version, d.software_version, d.hardware_version, d.peer_addr,
		d.connection_request_url,
		case when d.location_at is not null then jsonb_build_object('latitude', d.latitude / 1e6, 'longitude', d.longitude / 1e6,
			'at', d.location_at) end as location,
		d.first_seen, h.last_inform, d.boot_at, d.updated, h.pending as open_commands, h.have_key as parameter_key,
		case when d.rpc_methods <> '' then string_to_array(btrim(d.rpc_methods), ' ') end as rpc_methods
	from device d join device_hot h on h.device_id = d.device_id;

-- What the device has not named among its methods is refused at once (GetRPCMethods itself never).
create function api_v1.method_need(dev uuid, kind_ text) returns void stable language plpgsql as $$
declare
	methods text;
begin
	select rpc_methods into methods from device where device_id = dev;
	if methods <> '' and kind_ <> 'GetRPCMethods' and strpos(methods, ' ' || kind_ || ' ') = 0 then
		perform api_v1.refuse('HM422', 'the device does not have ' || kind_ || ': GetRPCMethods did not name it', 'kind');
	end if;
end $$;

-- CancelTransfer names the command of a transfer that the device has begun; one that it has not is cancelled here (DELETE).
create function api_v1.transfer_need(dev uuid, given jsonb) returns void stable language plpgsql as $$
declare
	c record;
begin
	select kind, state, origin into c from command where device_id = dev and id = (given ->> 'Command')::bigint;
	if not found or c.kind not in ('Download', 'ScheduleDownload', 'Upload') then
		perform api_v1.refuse('HM422', 'there is no such open transfer of this device', 'arguments.Command');
	end if;
	if c.origin = 'procedure' or c.state = 'queued' then
		perform api_v1.refuse('HM422', case c.state when 'queued' then 'the device has not begun it: cancel the command itself'
			else 'it belongs to a procedure of HMS' end, 'arguments.Command');
	end if;
end $$;

create or replace function api_v1.do_command_add(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	dev uuid := api_v1.device_need(caller ->> 'tenant', args -> 'device');
	id bigint;
begin
	perform api_v1.method_need(dev, args ->> 'kind');
	if args ->> 'kind' = 'CancelTransfer' then
		perform api_v1.transfer_need(dev, args -> 'arguments');
	end if;
	id := command_add(dev, args ->> 'kind', api_v1.file_arguments(caller ->> 'tenant', dev, coalesce(args -> 'arguments', '{}')),
		'operator:' || (caller ->> 'name'), coalesce(args ->> 'reason', ''), coalesce((args ->> 'priority')::int, 100),
		make_interval(secs => coalesce((args ->> 'expires_in_s')::int, 86400)), args ->> 'replace_key', (args ->> 'not_before')::timestamptz);
	return jsonb_build_object('id', id::text, 'device_id', dev, 'kind', args ->> 'kind', 'state', 'queued', 'ended', false,
		'href', '/api/v1/devices/' || dev || '/commands/' || id);
end $$;
