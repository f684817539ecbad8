-- Flight recorder: what sessions are recorded, and what was said in them, without secrets (docs/operations.md).

-- What operators want recorded: a device, a product class, or one session in so many.
create table trace_recording (
	id            bigint generated always as identity primary key,
	tenant        text not null,
	device_id     uuid,
	product_class text,
	sample        int check (sample between 1 and 1000000000),
	started       timestamptz not null default clock_timestamp(),
	until         timestamptz not null,
	started_by    text not null default '',
	reason        text not null default '',
	check (num_nonnulls(device_id, product_class, sample) = 1)
);
create index trace_recording_until on trace_recording (until);

-- One message of a session, in either direction, as the front end that took or wrote it has seen it.
create table trace_message (
	device_id  uuid not null,
	id         bigint generated always as identity,
	sid        bigint not null,
	at         timestamptz not null,
	ord        int not null,              -- order within one front end and time
	fe         text not null,
	from_device boolean not null,
	peer       text not null default '',
	status     smallint,                  -- of a response
	method     text not null default '',
	seq        int,                       -- of what the device said (contracts 2)
	n          int,                       -- of the RPC, or of the one that is answered
	command_id bigint,
	xid        bigint,                    -- transaction that granted the RPC
	part       int,                       -- record of the message on hms.device-events
	off        bigint,
	dispatched bigint,                    -- offset of the rpc_dispatched before an unsafe RPC
	content    jsonb not null default '[]',
	soap       text,
	digest     text,                      -- where the message could not be read: keyed, of what is not kept
	bytes      int not null default 0,    -- as it came or went
	cut        boolean not null default false,
	note       text not null default '',
	primary key (device_id, id)
);
create index trace_message_at on trace_message (at);

-- The bytes of all messages, so that they stay bounded.
create table trace_total (
	one   boolean primary key default true check (one),
	bytes bigint not null default 0
);
insert into trace_total default values;

create function trace_bytes(m trace_message) returns bigint immutable language sql as $$
	select 300 + coalesce(octet_length(m.soap), 0) + octet_length(m.content::text)
$$;

-- Removes the oldest messages that one call may. keep: null, or how old they may become.
create function trace_forget(max_bytes bigint, keep interval) returns void language plpgsql as $$
declare
	total bigint;
	gone bigint;
begin
	select bytes into total from trace_total for update;
	with old as (
		select m.device_id, m.id from (
			select m.device_id, m.id, m.at, sum(trace_bytes(m)) over (order by m.at, m.device_id, m.id) - trace_bytes(m) as before
			from (select * from trace_message order by at limit 1000) m) m
		where m.at < now() - keep or m.before < total - max_bytes),
	removed as (delete from trace_message m using old where m.device_id = old.device_id and m.id = old.id returning trace_bytes(m) as n)
	select coalesce(sum(n), 0) into gone from removed;
	if gone > 0 then
		update trace_total set bytes = greatest(bytes - gone, 0);
	end if;
end $$;

-- Keeps messages of a front end; the oldest of all go where there are more than max_bytes.
create function api_v1.trace_store(max_bytes bigint, messages jsonb) returns void language plpgsql security definer set search_path = public as $$
declare
	total bigint;
begin
	with kept as (
		insert into trace_message as m (device_id, sid, at, ord, fe, from_device, peer, status, method, seq, n, command_id, xid, part, off, dispatched,
			content, soap, digest, bytes, cut, note)
		select device_id, sid, to_timestamp(0) + at_us * interval '1 microsecond', ord, fe, from_device, coalesce(peer, ''), status,
			coalesce(method, ''), seq, n, command_id, xid, part, off, dispatched, coalesce(content, '[]'), soap, digest, bytes, cut,
			coalesce(note, '')
		from jsonb_to_recordset(messages) as x(device_id uuid, sid bigint, at_us bigint, ord int, fe text, from_device boolean, peer text,
			status smallint, method text, seq int, n int, command_id bigint, xid bigint, part int, off bigint, dispatched bigint, content jsonb,
			soap text, digest text, bytes int, cut boolean, note text)
		returning trace_bytes(m) as n)
	update trace_total set bytes = bytes + (select coalesce(sum(n), 0) from kept) returning bytes into total;
	if total > max_bytes then
		perform trace_forget(max_bytes, interval '100 years');
	end if;
end $$;

-- ---------------------------------------------------------------- what front ends read

create view api_v1.trace_recording as
	select id, tenant, device_id, product_class, sample, (extract(epoch from until) * 1000000)::bigint as until_us
	from trace_recording where until > now();

-- What profiles call a secret: paths or parts of them.
create view api_v1.trace_secret as
	select distinct k.key as name from profile p, lateral jsonb_path_query(p.doc, 'strict $.**') o,
		lateral jsonb_each(case jsonb_typeof(o) when 'object' then o else '{}' end) k
	where k.value @> '{"secret": true}' and exists (select 1 from profile_head h where h.tenant = p.tenant and h.name = p.name);

grant select on api_v1.trace_recording, api_v1.trace_secret to hms_fe;
revoke execute on function api_v1.trace_store from public;
grant execute on function api_v1.trace_store to hms_fe;

-- ---------------------------------------------------------------- what operators do and read

create view api_v1.trace as
	select t.id as key_, t.id::text as id, t.tenant, t.device_id, d.serial, t.product_class, t.sample, t.started, t.until, t.until > now() as active,
		t.started_by, t.reason
	from trace_recording t left join device d on d.device_id = t.device_id;

create function api_v1.do_trace_start(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	dev uuid := case when args ? 'device' then api_v1.device_need(caller ->> 'tenant', args -> 'device') end;
	id_ bigint;
begin
	if num_nonnulls(args -> 'device', args -> 'product_class', args -> 'sample') <> 1 then
		perform api_v1.refuse('HM422', 'one of device, product_class and sample is needed', 'device');
	end if;
	delete from trace_recording where until < now() - interval '30 days';
	if (select count(*) from trace_recording where tenant = caller ->> 'tenant' and until > now()) >= 100 then
		perform api_v1.refuse('HM409', 'there are 100 recordings already: stop one', 'device');
	end if;
	insert into trace_recording (tenant, device_id, product_class, sample, until, started_by, reason)
	values (caller ->> 'tenant', dev, args ->> 'product_class', (args ->> 'sample')::int,
		clock_timestamp() + make_interval(secs => coalesce((args ->> 'for_s')::int, 600)), caller ->> 'name', coalesce(args ->> 'reason', ''))
	returning id into id_;
	return (select to_jsonb(t) - '{key_,tenant}'::text[] || jsonb_build_object('href', '/api/v1/traces/' || id_) from api_v1.trace t where t.key_ = id_);
end $$;

create function api_v1.do_trace_stop(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	id_ bigint := (args ->> 'trace')::bigint;
begin
	update trace_recording set until = least(until, clock_timestamp()) where id = id_ and tenant = caller ->> 'tenant';
	if not found then
		perform api_v1.refuse('HM404', 'no such recording', 'trace');
	end if;
	return (select to_jsonb(t) - '{key_,tenant}'::text[] from api_v1.trace t where t.key_ = id_);
end $$;

-- Sessions that were recorded, one row each.
create view api_v1.trace_session as
	select m.device_id, m.sid, m.sid::text as session, min(m.at) as started, max(m.at) as ended, count(*) as messages, sum(m.bytes)::bigint as bytes,
		(array_agg(m.method order by m.at, m.ord) filter (where m.method <> ''))[1:20] as methods,
		count(*) filter (where m.from_device and m.method = 'Fault') as faults, (array_agg(m.status order by m.at desc, m.ord desc) filter (where not m.from_device))[1] as status
	from trace_message m group by m.device_id, m.sid;

-- One session: every message with what leads on from it. The command is as it stands now.
create function api_v1.trace_session_messages(device uuid, session bigint) returns jsonb stable language sql as $$
	select jsonb_agg(jsonb_build_object('at', m.at, 'from', case when m.from_device then 'device' else 'hms' end, 'front_end', m.fe, 'peer', m.peer,
			'status', m.status, 'method', m.method, 'seq', m.seq, 'n', m.n, 'transaction', m.xid::text,
			'record', case when m.off is not null then jsonb_build_object('topic', 'hms.device-events', 'partition', m.part, 'offset', m.off) end,
			'dispatched', case when m.dispatched is not null then
				jsonb_build_object('topic', 'hms.device-events', 'partition', m.part, 'offset', m.dispatched) end,
			'command', case when m.command_id is not null then jsonb_build_object('id', m.command_id::text, 'kind', c.kind, 'purpose', c.purpose,
				'origin', c.origin, 'reason', c.reason, 'state', c.state) end,
			'content', m.content, 'soap', m.soap, 'digest', m.digest, 'bytes', m.bytes, 'cut', m.cut, 'note', m.note) order by m.at, m.fe, m.ord)
	from trace_message m left join command_all c on c.device_id = m.device_id and c.id = m.command_id
	where m.device_id = device and m.sid = session
$$;

-- ---------------------------------------------------------------- streams: what was set aside, and where consumers stand

alter table dead_event add column key bytea;  -- of its record; null: of a release before
alter table consumer_offset add column moved boolean not null default false;  -- by an operator, and not taken over since

create or replace function hms_offset_acquire(service_ text, topic_ text, parts int[])
returns table (part int, next bigint, epoch bigint) language sql as $$
	insert into consumer_offset as o (service, topic, part, next, epoch)
	select service_, topic_, p, 0, 1 from unnest(parts) p order by p
	on conflict (service, topic, part) do update set epoch = o.epoch + 1, changed = now(), moved = false
	returning o.part, o.next, o.epoch
$$;

-- Puts records back at the end of their partitions, once each, whoever had set them aside: every consumer sees them again, and natural keys make that harmless (I2). What is
-- refused again is set aside again, under its new offset.
create function api_v1.do_stream_replay(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	dev bytea := case when args ? 'device' then uuid_send(api_v1.device_need(caller ->> 'tenant', args -> 'device')) end;
	done jsonb;
begin
	if not args ?| array['ids', 'service', 'topic', 'text', 'device', 'from', 'to'] then
		perform api_v1.refuse('HM422', 'which records? name them, or say what they have in common', 'ids');
	end if;
	with chosen as (
		select distinct d.topic, d.part, d.off from dead_event d
		where (args -> 'ids' is null or args -> 'ids' ? format('%s:%s:%s:%s', d.service, d.topic, d.part, d.off))
			and (args ->> 'service' is null or d.service = args ->> 'service') and (args ->> 'topic' is null or d.topic = args ->> 'topic')
			and (args ->> 'text' is null or position(lower(args ->> 'text') in lower(d.reason)) > 0)
			and (dev is null or d.key = dev or position(dev in d.payload) > 0)
			and (args ->> 'from' is null or d.at >= (args ->> 'from')::timestamptz) and (args ->> 'to' is null or d.at < (args ->> 'to')::timestamptz)
		order by d.topic, d.part, d.off limit coalesce((args ->> 'limit')::int, 100)),
	gone as (
		delete from dead_event d using chosen c where d.topic = c.topic and d.part = c.part and d.off = c.off
		returning d.service, d.topic, d.part, d.off, d.key, d.payload),
	back as (
		insert into outbox (topic, key, part, payload)
		select topic, key, part, payload from (select distinct on (topic, part, off) * from gone order by topic, part, off, key) g
		order by topic, part, off returning id)
	select jsonb_build_object('replayed', (select count(*) from back),
		'ids', (select coalesce(jsonb_agg(format('%s:%s:%s:%s', service, topic, part, off) order by topic, part, off, service), '[]') from gone)) into done;
	if (done ->> 'replayed')::int = 0 then
		perform api_v1.refuse('HM404', 'no such record was set aside', 'ids');
	end if;
	return done;
end $$;

-- Moves a consumer. The new epoch fences its owner: a transaction that runs fails, and the owner takes the partition over again at the new place.
create function api_v1.do_stream_reset(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	o consumer_offset;
	to_ bigint := (args ->> 'offset')::bigint;
begin
	select * into o from consumer_offset
	where service = args ->> 'service' and topic = args ->> 'topic' and part = (args ->> 'partition')::int for update;
	if o.service is null then
		perform api_v1.refuse('HM404', 'no such consumer, topic or partition', 'partition');
	elsif o.next <> (args ->> 'from_offset')::bigint then
		perform api_v1.refuse('HM409', format('the consumer stands at %s now', o.next), 'from_offset');
	elsif o.next = to_ then
		perform api_v1.refuse('HM409', 'the consumer stands there', 'offset');
	end if;
	update consumer_offset set next = to_, epoch = o.epoch + 1, changed = now(), moved = true where service = o.service and topic = o.topic and part = o.part;
	return jsonb_build_object('service', o.service, 'topic', o.topic, 'partition', o.part, 'was', o.next, 'offset', to_, 'epoch', o.epoch + 1,
		'skipped', greatest(to_ - o.next, 0), 'again', greatest(o.next - to_, 0));
end $$;
