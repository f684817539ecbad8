-- Commands of operators: files of HMS by their ids; credentials of transfers are shown to nobody.

-- A file is this tenant's, any device's or this one's, and still there: the file server gives a device what its URL names. Its size and, where none is given, its
-- name come from its row: FileSize lets the device look for room first (TR-069 A.3.2.8), the name is the end of a URL of at most 256 characters.
create function api_v1.file_arguments(tenant_ text, dev uuid, given jsonb) returns jsonb stable language plpgsql as $$
declare
	f record;
begin
	if not given ? 'FileId' then
		return given;
	end if;
	select device_id, size, ltrim(right(regexp_replace(name, '[^A-Za-z0-9._-]', '_', 'g'), 32), '.') as name into f from file
	where id = (given ->> 'FileId')::uuid and tenant = tenant_ and (expires is null or expires > clock_timestamp());
	if not found then
		perform api_v1.refuse('HM422', 'there is no such file', 'arguments.FileId');
	end if;
	if f.device_id <> dev then
		perform api_v1.refuse('HM422', 'the file is another device''s', 'arguments.FileId');
	end if;
	return jsonb_build_object('FileName', f.name) || given || jsonb_build_object('FileSize', case when f.size <= 4294967295 then f.size else 0 end);
end $$;

create or replace function api_v1.do_command_add(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	dev uuid := api_v1.device_need(caller ->> 'tenant', args -> 'device');
	id bigint;
begin
	id := command_add(dev, args ->> 'kind', api_v1.file_arguments(caller ->> 'tenant', dev, coalesce(args -> 'arguments', '{}')),
		'operator:' || (caller ->> 'name'), coalesce(args ->> 'reason', ''), coalesce((args ->> 'priority')::int, 100),
		make_interval(secs => coalesce((args ->> 'expires_in_s')::int, 86400)), args ->> 'replace_key', (args ->> 'not_before')::timestamptz);
	return jsonb_build_object('id', id::text, 'device_id', dev, 'kind', args ->> 'kind', 'state', 'queued', 'ended', false,
		'href', '/api/v1/devices/' || dev || '/commands/' || id);
end $$;

create or replace view api_v1.command as
	select c.device_id, c.id as key_, c.id::text as id, c.kind, jsonb_set(c.payload, '{Password}', '"***"', false) as arguments, c.state,
		c.ended is not null as ended, c.origin, c.reason, c.purpose, c.prio as priority, c.tries, c.created, c.deadline, c.ended as ended_at,
		nullif(c.fault, 0) as fault, c.result, c.note, c.cancel as cancel_requested
	from command_all c;

create or replace function api_v1.audit(caller jsonb, action_ text, args_ jsonb, status_ int, detail_ text) returns void language sql as $$
	insert into api_audit (tenant, who, role, peer, action, args, status, detail)
	values (caller ->> 'tenant', caller ->> 'name', caller ->> 'role', caller ->> 'peer', action_,
		jsonb_set(args_, '{arguments,Password}', '"***"', false), status_, detail_)
$$;
