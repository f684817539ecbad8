-- The operators' API: tokens, audit, what it reads (views api_v1.*) and what it does (functions api_v1.do_*, one a change).

-- ---------------------------------------------------------------- who may do what, and who did

-- A token is 256 random bits; only its SHA-256 is kept.
create table api_token (
	id      uuid primary key default gen_random_uuid(),
	tenant  text not null,
	name    text not null,
	role    text not null check (role in ('viewer', 'operator', 'admin')),
	hash    bytea not null unique,
	created timestamptz not null default clock_timestamp(),
	expires timestamptz,
	revoked timestamptz,
	unique (tenant, name)
);

create table api_audit (
	id      bigint generated always as identity primary key,
	at      timestamptz not null default clock_timestamp(),
	tenant  text not null,
	who     text not null,                -- name of the token
	role    text not null,
	peer    text not null,                -- address it came from
	action  text not null,
	args    jsonb not null default '{}',
	status  int not null,                 -- as the API answered; 2xx: done
	detail  text not null default ''
);
create index api_audit_tenant on api_audit (tenant, id);

-- Answers to POSTs with an Idempotency-Key, for a day.
create table api_idempotency (
	token_id uuid not null,
	key      text not null,
	request  bytea not null,              -- SHA-256 of method, path and body
	status   int not null default 0,
	body     text not null default '',
	created  timestamptz not null default clock_timestamp(),
	primary key (token_id, key)
);
create index api_idempotency_created on api_idempotency (created);

create function api_token_create(tenant_ text, name_ text, role_ text, hash_ bytea, life interval default null) returns uuid language sql as $$
	insert into api_token (tenant, name, role, hash, expires) values (tenant_, name_, role_, hash_, clock_timestamp() + life) returning id
$$;

-- ---------------------------------------------------------------- indexes of what the API lists and follows

create index device_list_state on device (tenant, state, device_id);
create index device_list_software on device (tenant, software_version, device_id);
-- Append-only tables: the newest rows are in the last ranges.
create index device_history_at on device_history using brin (at) with (pages_per_range = 16, autosummarize = on);
create index command_done_ended on command_done using brin (ended) with (pages_per_range = 16, autosummarize = on);

-- ---------------------------------------------------------------- blocking (DEP-01 to DEP-05, contracts 7)

-- The state and the flag change at once, under the row lock that every decision takes; grants that are on their way are the owner's to
-- revoke, who is told by the notice. Idempotent.
create function device_block(device uuid, user_ text, reason_ text default '') returns text language plpgsql as $$
declare
	dev uuid := device; -- a table has this name, too
	was text;
begin
	perform 1 from device_hot where device_id = dev for update;
	select state into was from device where device_id = dev;
	if was is null then
		raise exception 'no such device: %', device using errcode = 'P0002';
	end if;
	if was = 'BLOCKED' then
		return was;
	end if;
	update device set state = 'BLOCKED', state_since = now(), state_reason = reason_, updated = now() where device_id = dev;
	update device_hot set flags = (flags & ~1) | 2, q_ver = q_ver + 1 where device_id = dev;
	insert into device_history (device_id, kind, state, detail)
	values (dev, 'state', 'BLOCKED', jsonb_build_object('by', user_, 'reason', reason_, 'from', was));
	perform device_notice(dev);
	return was;
end $$;

-- DEP-05: the next Inform begins discovery or registration as for any device that is allowed. Idempotent.
create function device_unblock(device uuid, user_ text, reason_ text default '') returns text language plpgsql as $$
declare
	dev uuid := device; -- a table has this name, too
	was text;
begin
	perform 1 from device_hot where device_id = dev for update;
	select state into was from device where device_id = dev;
	if was is null then
		raise exception 'no such device: %', device using errcode = 'P0002';
	end if;
	if was <> 'BLOCKED' then
		return was;
	end if;
	update device set state = 'ALLOWED', state_since = now(), state_reason = '', failed_from = '', failures = 0, unlocked = false,
		gateway_given = false, location_asked = false, updated = now()
	where device_id = dev;
	update device_hot set flags = (flags | 1) & ~2, q_ver = q_ver + 1 where device_id = dev;
	insert into device_history (device_id, kind, state, detail)
	values (dev, 'state', 'ALLOWED', jsonb_build_object('by', user_, 'reason', reason_, 'from', was));
	perform device_notice(dev);
	return was;
end $$;

-- ---------------------------------------------------------------- what northbound reads

create view api_v1.device as
	select d.device_id, d.tenant, d.oui, d.product_class, d.serial, d.manufacturer, d.kind, d.model, d.state, d.state_since, d.state_reason,
		d.failures, d.op_state, d.rf_tx, d.site, d.profile_version, d.software_version, d.hardware_version, d.peer_addr,
		d.connection_request_url,
		case when d.location_at is not null then jsonb_build_object('latitude', d.latitude / 1e6, 'longitude', d.longitude / 1e6,
			'at', d.location_at) end as location,
		d.first_seen, h.last_inform, d.boot_at, d.updated, h.pending as open_commands, h.have_key as parameter_key
	from device d join device_hot h on h.device_id = d.device_id;

-- Ids of commands are text: they are larger than the integers of many JSON readers.
create view api_v1.command as
	select c.device_id, c.id as key_, c.id::text as id, c.kind, c.payload as arguments, c.state, c.ended is not null as ended, c.origin, c.reason,
		c.purpose, c.prio as priority, c.tries, c.created, c.deadline, c.ended as ended_at, nullif(c.fault, 0) as fault, c.result, c.note,
		c.cancel as cancel_requested
	from command_all c;

create view api_v1.file as
	select device_id, id, tenant, kind, name, size, encode(sha256, 'hex') as sha256, received, command_id::text as command_id,
		body is not null as in_database
	from upload;

-- What the live events are made of; every row has one tenant, one time and one subject.
create view api_v1.event as
	select h.at, d.tenant, h.device_id, 'device'::text as type,
		jsonb_build_object('device_id', h.device_id, 'serial', d.serial, 'at', h.at, 'kind', h.kind, 'state', h.state, 'detail', h.detail) as data
	from device_history h join device d on d.device_id = h.device_id
	union all
	select c.ended, d.tenant, c.device_id, 'command',
		jsonb_build_object('device_id', c.device_id, 'serial', d.serial, 'at', c.ended, 'id', c.id::text, 'kind', c.kind, 'state', c.state,
			'origin', c.origin, 'fault', nullif(c.fault, 0), 'note', c.note)
	from command_done c join device d on d.device_id = c.device_id
	union all
	select a.at, a.tenant, a.device_id, 'alarm',
		jsonb_build_object('device_id', a.device_id, 'serial', d.serial, 'at', a.at, 'alarm', a.device_id || '.' || a.alarm_id,
			'kind', a.transition, 'state', a.perceived_severity, 'probable_cause', a.probable_cause, 'specific_problem', a.specific_problem,
			'identifier', a.identifier, 'who', a.user_name)
	from api_v1.alarm_history a left join device d on d.device_id = a.device_id;

create view api_v1.device_counts as
	select tenant, state, kind, count(*) as devices from device group by tenant, state, kind;

-- Counts on one screen. PM: what was due since the begin of yesterday (UTC).
create function api_v1.status(tenant_ text) returns jsonb stable language sql as $$
	select jsonb_build_object(
		'devices', (select coalesce(jsonb_object_agg(c.state, c.n), '{}') from (
			select state, sum(devices)::bigint as n from api_v1.device_counts where tenant = tenant_ group by state) c),
		'alarms', (select coalesce(jsonb_object_agg(perceived_severity, alarms), '{}') from api_v1.alarm_counts where tenant = tenant_),
		'pm', (select jsonb_build_object('expected', coalesce(sum(p.expected), 0), 'received', coalesce(sum(p.received), 0),
				'missing', coalesce(sum(p.missing_count), 0), 'cells', count(distinct p.device_id))
			from api_v1.pm_days p join device d on d.device_id = p.device_id
			where d.tenant = tenant_ and p.day >= (now() at time zone 'UTC')::date - 1),
		'open_commands', (select count(*) from command c join device d on d.device_id = c.device_id where d.tenant = tenant_),
		'dead_events', (select count(*) from dead_event), 'outbox', (select count(*) from outbox),
		'partitions', (select coalesce(max(part) + 1, 0) from consumer_offset where topic = 'hms.device-events'),
		'schema', (select max(version) from schema_migration),
		'postgres', jsonb_build_object('version', current_setting('server_version'), 'bytes', pg_database_size(current_database())))
$$;

-- ---------------------------------------------------------------- what northbound does

-- A refusal that the caller is told: HM403, HM404, HM409, HM422; the column names the field.
create function api_v1.refuse(code text, detail text, field text default '') returns void language plpgsql as $$
begin
	raise exception '%', detail using errcode = code, column = field;
end $$;

-- A device by {id}, {oui, serial} or {oui, product class, serial}; an alias leads to its device. Null when there is none of this tenant.
create function api_v1.device_find(tenant_ text, name jsonb) returns uuid stable language plpgsql as $$
declare
	id uuid;
	canonical uuid;
	several uuid[];
begin
	if jsonb_array_length(name) = 2 then
		several := array(select d.device_id from device d where d.tenant = tenant_ and d.serial = name ->> 1 and d.oui = upper(name ->> 0) limit 2);
		if cardinality(several) > 1 then
			perform api_v1.refuse('HM409', 'several devices have this OUI and serial number: name the product class, too', 'device');
		end if;
		return several[1];
	end if;
	id := case jsonb_array_length(name) when 1 then (name ->> 0)::uuid
		else hms_device_id(tenant_, name ->> 0, name ->> 1, name ->> 2) end;
	select a.device_id into canonical from device_alias a where a.alias = id;
	return (select d.device_id from device d where d.device_id = coalesce(canonical, id) and d.tenant = tenant_);
end $$;

create function api_v1.device_need(tenant_ text, name jsonb) returns uuid stable language plpgsql as $$
declare
	id uuid := api_v1.device_find(tenant_, name);
begin
	if id is null then
		perform api_v1.refuse('HM404', 'no such device', 'device');
	end if;
	return id;
end $$;

create function api_v1.do_device_put(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	dev uuid := device_allow(caller ->> 'tenant', args ->> 'oui', args ->> 'product_class', args ->> 'serial');
	now_ text;
begin
	select state into now_ from device where device_id = dev;
	if now_ = 'BLOCKED' then
		perform api_v1.refuse('HM409', 'the device is blocked: unblock it', 'serial');
	end if;
	return jsonb_build_object('device_id', dev, 'state', now_, 'href', '/api/v1/devices/' || dev);
end $$;

create function api_v1.do_device_allow(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	d record;
begin
	select * into d from device where device_id = api_v1.device_need(caller ->> 'tenant', args -> 'device');
	return api_v1.do_device_put(caller, jsonb_build_object('oui', d.oui, 'product_class', d.product_class, 'serial', d.serial), null) - 'href';
end $$;

create function api_v1.do_device_block(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	dev uuid := api_v1.device_need(caller ->> 'tenant', args -> 'device');
begin
	return jsonb_build_object('was', device_block(dev, caller ->> 'name', coalesce(args ->> 'reason', '')), 'device_id', dev, 'state', 'BLOCKED');
end $$;

create function api_v1.do_device_unblock(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	dev uuid := api_v1.device_need(caller ->> 'tenant', args -> 'device');
	was text := device_unblock(dev, caller ->> 'name', coalesce(args ->> 'reason', ''));
begin
	return jsonb_build_object('was', was, 'device_id', dev, 'state', (select state from device where device_id = dev));
end $$;

create function api_v1.do_command_add(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	dev uuid := api_v1.device_need(caller ->> 'tenant', args -> 'device');
	id bigint;
begin
	id := command_add(dev, args ->> 'kind', coalesce(args -> 'arguments', '{}'), 'operator:' || (caller ->> 'name'),
		coalesce(args ->> 'reason', ''), coalesce((args ->> 'priority')::int, 100),
		make_interval(secs => coalesce((args ->> 'expires_in_s')::int, 86400)), args ->> 'replace_key', (args ->> 'not_before')::timestamptz);
	return jsonb_build_object('id', id::text, 'device_id', dev, 'kind', args ->> 'kind', 'state', 'queued', 'ended', false,
		'href', '/api/v1/devices/' || dev || '/commands/' || id);
end $$;

create function api_v1.do_command_cancel(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	dev uuid := api_v1.device_need(caller ->> 'tenant', args -> 'device');
	id_ bigint := (args ->> 'command')::bigint;
begin
	if not command_cancel(dev, id_) then
		if exists (select 1 from command_done where device_id = dev and id = id_) then
			perform api_v1.refuse('HM409', 'the command has ended', 'command');
		end if;
		perform api_v1.refuse('HM404', 'no such command', 'command');
	end if;
	return jsonb_build_object('id', id_::text, 'device_id', dev, 'cancel_requested', true);
end $$;

create function api_v1.do_file_put(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	new_id uuid := gen_random_uuid();
	dev uuid := case when args ? 'device' then api_v1.device_need(caller ->> 'tenant', args -> 'device') end;
begin
	insert into file (id, tenant, kind, name, type, size, sha256, body, device_id)
	values (new_id, caller ->> 'tenant', args ->> 'kind', args ->> 'name', coalesce(args ->> 'type', 'application/octet-stream'),
		length(body), sha256(body), body, dev);
	return jsonb_build_object('id', new_id, 'size', length(body), 'sha256', encode(sha256(body), 'hex'), 'href', '/api/v1/files/' || new_id);
end $$;

create function api_v1.do_file_delete(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
begin
	delete from file where id = (args ->> 'id')::uuid and tenant = caller ->> 'tenant' and ref is null;
	if not found then
		perform api_v1.refuse('HM404', 'no such file', 'id');
	end if;
	return jsonb_build_object('id', args ->> 'id', 'deleted', true);
end $$;

-- The alarm list's owner applies what is asked for (services/alarms): the commit is the acceptance. alarm: "<device id>.<number>".
create function api_v1.alarm_do(caller jsonb, args jsonb, op text, note text) returns jsonb language plpgsql as $$
declare
	dev uuid := split_part(args ->> 'alarm', '.', 1)::uuid;
	id_ bigint := split_part(args ->> 'alarm', '.', 2)::bigint;
begin
	perform 1 from api_v1.alarms a where a.device_id = dev and a.id = id_ and a.tenant = caller ->> 'tenant';
	if not found then
		perform api_v1.refuse('HM404', 'no such alarm', 'alarm');
	end if;
	perform alarm_ask(dev, id_, op, caller ->> 'name', 'northbound', note);
	return jsonb_build_object('id', args ->> 'alarm', 'state', 'requested', 'request', op);
end $$;

create function api_v1.do_alarm_ack(caller jsonb, args jsonb, body bytea) returns jsonb language sql as $$
	select api_v1.alarm_do(caller, args, 'ack', '')
$$;
create function api_v1.do_alarm_unack(caller jsonb, args jsonb, body bytea) returns jsonb language sql as $$
	select api_v1.alarm_do(caller, args, 'unack', '')
$$;
create function api_v1.do_alarm_clear(caller jsonb, args jsonb, body bytea) returns jsonb language sql as $$
	select api_v1.alarm_do(caller, args, 'clear', coalesce(args ->> 'reason', ''))
$$;
create function api_v1.do_alarm_comment(caller jsonb, args jsonb, body bytea) returns jsonb language sql as $$
	select api_v1.alarm_do(caller, args, 'comment', args ->> 'text')
$$;

create function api_v1.do_token_revoke(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
begin
	if (args ->> 'id') = (caller ->> 'id') then
		perform api_v1.refuse('HM409', 'a token does not revoke itself', 'id');
	end if;
	update api_token set revoked = coalesce(revoked, clock_timestamp()) where id = (args ->> 'id')::uuid and tenant = caller ->> 'tenant';
	if not found then
		perform api_v1.refuse('HM404', 'no such token', 'id');
	end if;
	return jsonb_build_object('id', args ->> 'id', 'revoked', true);
end $$;

-- A change that was refused before it reached a function; or what became of one that did.
create function api_v1.audit(caller jsonb, action_ text, args_ jsonb, status_ int, detail_ text) returns void language sql as $$
	insert into api_audit (tenant, who, role, peer, action, args, status, detail)
	values (caller ->> 'tenant', caller ->> 'name', caller ->> 'role', caller ->> 'peer', action_, args_, status_, detail_)
$$;

-- The status of an error: what the caller can do something about. 0: it is not the caller's, the transaction fails and is tried again.
create function api_v1.status_of(state text) returns int immutable language sql as $$
	select case
		when state in ('HM403', 'HM404', 'HM409', 'HM422') then right(state, 3)::int
		when state = 'P0002' then 404
		when state = '23505' then 409
		when left(state, 2) in ('22', '23') then 422
		else 0
	end
$$;

-- Does one change: the effect, its audit row and the answer kept under the Idempotency-Key are one transaction. A change that is refused
-- leaves nothing but its audit row. key: null, or the Idempotency-Key with the digest of the request.
create function api_v1.act(caller jsonb, action text, args jsonb, key_ text, request_ bytea, body_ bytea, success int)
returns table (status int, body text) language plpgsql as $$
declare
	token uuid := (caller ->> 'id')::uuid;
	kept record;
	field_ text := '';
begin
	if key_ is not null then
		delete from api_idempotency i where i.token_id = token and i.key = key_ and i.created < clock_timestamp() - interval '1 day';
		insert into api_idempotency (token_id, key, request) values (token, key_, request_) on conflict do nothing;
		if not found then
			select * into kept from api_idempotency i where i.token_id = token and i.key = key_;
			if kept.request = request_ then
				return query select kept.status, kept.body;
			else
				return query select 409, jsonb_build_object('detail', 'this Idempotency-Key was used for another request',
					'field', 'Idempotency-Key')::text;
			end if;
			return;
		end if;
	end if;
	begin
		execute format('select api_v1.%I($1, $2, $3)::text', 'do_' || action) into body using caller, args, body_;
		status := success;
	exception when others then
		status := api_v1.status_of(sqlstate);
		if status = 0 then
			raise;
		end if;
		get stacked diagnostics field_ = column_name;
		body := jsonb_build_object('detail', sqlerrm,
			'field', coalesce(field_, ''))::text;
	end;
	perform api_v1.audit(caller, action, args, status, case when status >= 400 then body::jsonb ->> 'detail' else '' end);
	if key_ is not null then
		if status >= 400 then
			delete from api_idempotency i where i.token_id = token and i.key = key_; -- nothing happened: it may be tried again
		else
			update api_idempotency i set status = act.status, body = act.body where i.token_id = token and i.key = key_;
		end if;
	end if;
	return next;
end $$;
