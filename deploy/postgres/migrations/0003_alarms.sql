-- The alarm list: active alarms, what happened to them, rows that have come in part, and what operators ask for. Only the owner of a
-- device's partition (services/alarms) writes; everyone else asks through alarm_ack() and its like.

-- The active list (TS 32.111-2), alarms that are cleared but not acknowledged included.
create table alarm (
	device_id               uuid not null,            -- all zero: an alarm of HMS itself that concerns no device
	id                      bigint not null,
	tenant                  text not null,
	internal                boolean not null,         -- HMS says so, not the device; identifier is InternalAlarm.key
	state                   text not null check (state in ('ACTIVE_UNACK', 'ACTIVE_ACK', 'CLEARED_UNACK')),
	identifier              text not null,            -- AlarmIdentifier
	managed_object_instance text not null,
	event_type              text not null,
	probable_cause          text not null,
	specific_problem        text not null,
	severity                smallint not null,        -- 1 Critical .. 5 Indeterminate, 6 Cleared
	additional_text         text not null,
	additional_information  text not null,
	raised                  timestamptz not null,     -- times of the device, where it told them
	changed                 timestamptz,
	cleared                 timestamptz,
	last_event              timestamptz not null,     -- EventTime and type of what was applied last: older ones are late
	last_kind               smallint not null,
	acked                   timestamptz,
	ack_user                text not null,
	ack_system              text not null,
	clear_user              text not null,
	clear_system            text not null,
	comment                 text not null,
	comment_user            text not null,
	commented               timestamptz,
	flags                   int not null,             -- 1 raise was missed, 2 bad values, 4 texts cut, 8 found by resync, 16 completed by default values, 32 without a time
	mark                    bigint not null,          -- the read of CurrentAlarm that has shown it
	updated                 timestamptz not null,     -- by HMS
	primary key (device_id, id)
);
create index alarm_by_severity on alarm (severity, updated desc);
create index alarm_by_time on alarm (updated desc);

-- What happened to alarms; also what changed nothing (late, repeated, clear of something unknown). Its index is the memory of what devices
-- have said before (contracts 6: I2).
create table alarm_event (
	device_id               uuid not null,
	at                      timestamptz not null,
	alarm_id                bigint not null,          -- 0: of no alarm
	tenant                  text not null,
	transition              text not null,
	reason                  text not null,
	source                  smallint not null,        -- 1 ExpeditedEvent, 2 QueuedEvent, 3 HistoryEvent, 4 CurrentAlarm, 5 HMS itself, 6 operator
	natural_key             bigint not null,
	notification            smallint not null,        -- 1 new, 2 changed, 3 cleared
	event_at                timestamptz,
	internal                boolean not null,
	identifier              text not null,
	managed_object_instance text not null,
	event_type              text not null,
	probable_cause          text not null,
	specific_problem        text not null,
	severity                smallint not null,
	additional_text         text not null,
	additional_information  text not null,
	acknowledged            boolean not null,
	user_name               text not null,
	system                  text not null,
	flags                   int not null
) partition by range (at);
create index alarm_event_key on alarm_event (device_id, natural_key, notification, event_at);
create index alarm_event_at on alarm_event (at);
create table alarm_event_default partition of alarm_event default;

-- Rows of FaultMgmt tables that lack a mandatory parameter, until the rest comes.
create table alarm_row (
	device_id               uuid not null,
	prefix                  text not null,            -- "Device.FaultMgmt."
	source                  smallint not null,
	instance                int not null,
	present                 int not null,             -- bits: which parameters were said
	event_time              text not null,
	alarm_identifier        text not null,
	notification_type       text not null,
	managed_object_instance text not null,
	event_type              text not null,
	probable_cause          text not null,
	specific_problem        text not null,
	perceived_severity      text not null,
	additional_text         text not null,
	additional_information  text not null,
	alarm_raised_time       text not null,
	alarm_changed_time      text not null,
	since                   timestamptz not null,
	primary key (device_id, prefix, source, instance)
);
create index alarm_row_since on alarm_row (since);

-- What is to be known of a device's list as a whole.
create table alarm_device (
	device_id          uuid primary key,
	tenant             text not null,
	potentially_faulty timestamptz,                   -- since then: a femto has restarted and CurrentAlarm has not been read yet
	overflow           bigint not null,               -- raises that were not taken in: the list was full
	resync_command     bigint not null,               -- the newest read of CurrentAlarm
	resync_sid         bigint not null,
	resync_part        int not null,                  -- part of its answer that comes next; -1: it is complete
	resync_recv        timestamptz,
	resync_entries     bigint not null,               -- CurrentAlarmNumberOfEntries; -1: not said
	resync_rows        bigint not null,
	rebuilt            timestamptz
);

-- What operators ask for, until the owner of the partition has applied it.
create sequence alarm_request_id;
create table alarm_request (
	device_id uuid not null,
	id        bigint not null,
	alarm_id  bigint not null,
	op        text not null check (op in ('ack', 'unack', 'clear', 'comment')),
	user_name text not null,
	system    text not null,
	note      text not null,
	at        timestamptz not null default clock_timestamp(),
	primary key (device_id, id)
);

-- Its commit is the acceptance; within [alarms] sweep_interval the owner of the device's partition applies it with history and record of
-- hms.alarms in one transaction, and removes the request. Requests of one alarm are applied in order.
create function alarm_ask(device uuid, alarm_ bigint, op_ text, user_ text, system_ text, note_ text) returns bigint language plpgsql as $$
declare
	request bigint := nextval('alarm_request_id');
begin
	perform 1 from alarm where device_id = device and id = alarm_;
	if not found then
		raise exception 'no such alarm: % of %', alarm_, device using errcode = 'P0002';
	end if;
	insert into alarm_request (device_id, id, alarm_id, op, user_name, system, note)
	values (device, request, alarm_, op_, left(coalesce(user_, ''), 256), left(coalesce(system_, ''), 256), left(coalesce(note_, ''), 1024));
	return request;
end $$;

create function alarm_ack(device uuid, alarm_ bigint, user_ text, system_ text default '') returns bigint language sql as $$
	select alarm_ask(device, alarm_, 'ack', user_, system_, '')
$$;
create function alarm_unack(device uuid, alarm_ bigint, user_ text, system_ text default '') returns bigint language sql as $$
	select alarm_ask(device, alarm_, 'unack', user_, system_, '')
$$;
create function alarm_clear(device uuid, alarm_ bigint, user_ text, system_ text default '') returns bigint language sql as $$
	select alarm_ask(device, alarm_, 'clear', user_, system_, '')
$$;
create function alarm_comment(device uuid, alarm_ bigint, user_ text, note_ text, system_ text default '') returns bigint language sql as $$
	select alarm_ask(device, alarm_, 'comment', user_, system_, note_)
$$;

-- A partition a month for alarm_event, and none that is older than `keep`; safe to call at any time.
create function alarm_ensure_partitions(keep interval default '400 days', ahead int default 2) returns void language plpgsql as $$
declare
	m timestamptz;
	suffix text;
	old record;
begin
	perform pg_advisory_xact_lock(7547003);
	for i in -1 .. ahead loop
		m := date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' + make_interval(months => i);
		suffix := to_char(m at time zone 'UTC', 'YYYYMM');
		if to_regclass('alarm_event_' || suffix) is null then
			execute format('create table %I partition of alarm_event for values from (%L) to (%L)', 'alarm_event_' || suffix, m,
				((m at time zone 'UTC') + make_interval(months => 1)) at time zone 'UTC');
		end if;
	end loop;
	for old in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
		where i.inhparent = 'alarm_event'::regclass and c.relname ~ '^alarm_event_\d{6}$'
			and to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' < now() - keep
	loop
		execute format('drop table %I', old.relname);
	end loop;
end $$;
select alarm_ensure_partitions();

-- ---------------------------------------------------------------- views for northbound

create function alarm_severity_name(severity smallint) returns text language sql immutable parallel safe as $$
	select (array['Critical', 'Major', 'Minor', 'Warning', 'Indeterminate', 'Cleared'])[severity]
$$;

create view api_v1.alarms as
	select a.device_id, a.id, a.tenant, a.internal, a.state, alarm_severity_name(a.severity) as perceived_severity, a.severity, a.identifier,
		a.managed_object_instance, a.event_type, a.probable_cause, a.specific_problem, a.additional_text, a.additional_information,
		a.raised, a.changed, a.cleared, a.state = 'ACTIVE_ACK' as acknowledged, a.acked, a.ack_user, a.ack_system, a.clear_user,
		a.clear_system, a.comment, a.comment_user, a.commented, a.flags, a.updated,
		d.potentially_faulty is not null as potentially_faulty
	from alarm a left join alarm_device d using (device_id);

create view api_v1.alarm_history as
	select device_id, at, alarm_id, tenant, transition, reason, source, event_at, internal, identifier, managed_object_instance, event_type,
		probable_cause, specific_problem, alarm_severity_name(severity) as perceived_severity, severity, additional_text,
		additional_information, acknowledged, user_name, system, flags
	from alarm_event;

create view api_v1.alarm_counts as
	select tenant, alarm_severity_name(severity) as perceived_severity, severity, count(*) as alarms,
		count(*) filter (where state <> 'ACTIVE_ACK') as unacknowledged
	from alarm group by tenant, severity;
