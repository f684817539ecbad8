-- PM counters and the completeness of what cells have uploaded; written by pm-ingest (but for pm_watch's first row of a cell: a trigger of device_pm).

-- ---------------------------------------------------------------- dictionaries: ids for ever, given outside of transactions

create table pm_counter (
	id   int generated always as identity primary key,
	name text not null unique            -- as devices spell it
);
create index pm_counter_lower on pm_counter (lower(name));
create table pm_group (
	id   int generated always as identity primary key,
	name text not null unique            -- measInfoId, or "~" and a hash of the counters' names
);
create table pm_object (
	id   int generated always as identity primary key,
	name text not null unique            -- measObjLdn
);

-- ---------------------------------------------------------------- counters, by day (UTC) of the period's end

-- What one group has said of one period: the unit of replacement. Another file for the same unit replaces its facts as a whole; the same file changes nothing.
create table pm_unit (
	device_id   uuid not null,
	period_end  timestamptz not null,
	group_id    int not null,
	duration_ms bigint not null,
	file_id     uuid not null,
	facts       int not null,
	replaced    int not null default 0,  -- how often
	loaded      timestamptz not null default clock_timestamp(),
	primary key (device_id, period_end, group_id)
) partition by range (period_end);

-- A fact's identity (device, object, group, counter, period end) is kept by pm_unit and by the reader, which lets an object's counter through once a unit: a unique index over
-- all of it would double the cost of a row. NIL: value and text are both null.
create table pm_fact (
	device_id   uuid not null,
	period_end  timestamptz not null,
	group_id    int not null,
	object_id   int not null,
	counter_id  int not null,
	value       float8,
	suspect     boolean not null,
	text        text                     -- what is no number: vectors, strings
) partition by range (period_end);
create index pm_fact_period on pm_fact (device_id, period_end);

-- ---------------------------------------------------------------- completeness

-- A cell's day: seconds of the day (UTC) at which uploads were due. What is expected and not received is missing.
create table pm_day (
	device_id  uuid not null,
	day        date not null,
	expected   int[] not null default '{}',
	received   int[] not null default '{}',
	late       int[] not null default '{}', -- received after its grace
	suspect    int[] not null default '{}', -- received with values that the device does not trust
	unexpected int[] not null default '{}', -- received though uploads were off (PM-02)
	primary key (device_id, day)
) partition by range (day);

create table pm_watch (
	device_id uuid primary key,
	checked   timestamptz not null,      -- what was due until then is in pm_day.expected
	due       timestamptz not null,      -- when to look again
	missing   boolean not null default false -- an alarm says so (PM-06)
);
create index pm_watch_due on pm_watch (due);

create function pm_watch_note() returns trigger language plpgsql as $$
begin
	insert into pm_watch as w (device_id, checked, due) values (new.device_id, new.since, clock_timestamp())
	on conflict (device_id) do update set due = least(w.due, excluded.due);
	return null;
end $$;
create trigger device_pm_watch after insert or update on device_pm for each row execute function pm_watch_note();

create table pm_quarantine (
	device_id  uuid not null,
	file_id    uuid not null,
	n          int not null,             -- 0: the file; else the number of a measInfo, from 1
	at         timestamptz not null default clock_timestamp(),
	received   timestamptz not null,
	name       text not null,            -- of the file
	reason     text not null,            -- label
	detail     text not null default '',
	grp        text not null default '',
	period_end timestamptz,
	size       bigint not null,
	body       bytea,                    -- of the file, in its first row only, if it is not too large
	ref        text,
	primary key (device_id, file_id, n)
);
create index pm_quarantine_at on pm_quarantine (at);

alter table upload add column note text not null default ''; -- what was odd about it, as labels

-- ---------------------------------------------------------------- partitions

-- Partitions of these days. They are attached, which disturbs no transaction that uses the others.
create function pm_ensure_days(days date[]) returns void language plpgsql as $$
declare
	d date;
	t text;
	part text;
	lower_ text;
	upper_ text;
begin
	perform pg_advisory_xact_lock(7547004);
	for d, t in select distinct x, y from unnest(days) x, unnest(array['pm_unit', 'pm_fact', 'pm_day']) y order by x, y loop
		part := t || '_' || to_char(d, 'YYYYMMDD');
		continue when to_regclass(part) is not null;
		lower_ := to_char(d, 'YYYY-MM-DD') || case when t = 'pm_day' then '' else ' 00:00:00+00' end;
		upper_ := to_char(d + 1, 'YYYY-MM-DD') || case when t = 'pm_day' then '' else ' 00:00:00+00' end;
		execute format('create table %I (like %I including all)', part, t);
		execute format('alter table %I attach partition %I for values from (%L) to (%L)', t, part, lower_, upper_);
	end loop;
end $$;

-- Drops the days before `first`; gives up rather than wait for a lock. Returns how many partitions are gone.
create function pm_drop_days(first date) returns int language plpgsql set lock_timeout = '1s' as $$
declare
	part text;
	gone int := 0;
begin
	perform pg_advisory_xact_lock(7547004);
	for part in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
		where p.relname in ('pm_unit', 'pm_fact', 'pm_day') and c.relname < p.relname || '_' || to_char(first, 'YYYYMMDD')
	loop
		execute format('drop table %I', part);
		gone := gone + 1;
	end loop;
	return gone;
end $$;

-- ---------------------------------------------------------------- the ledger

create function pm_union(a int[], b int[]) returns int[] language sql immutable parallel safe as $$
	select case when b <@ a then a else array(select distinct x from unnest(a || b) x order by x) end
$$;
create function pm_minus(a int[], b int[]) returns int[] language sql immutable parallel safe as $$
	select case when a && b then array(select x from unnest(a) x where x <> all(b) order by x) else a end
$$;
-- The first upload due at or after a time: phase + n * interval (PM-06); without a phase the device's is unknown, and full intervals of UTC are taken.
create function pm_slot(t timestamptz, phase timestamptz, interval_s int) returns timestamptz language sql immutable parallel safe as $$
	select coalesce(phase, 'epoch'::timestamptz)
		+ ceil(extract(epoch from t - coalesce(phase, 'epoch'::timestamptz)) / interval_s) * interval_s * interval '1 second'
$$;
create function pm_day_of(t timestamptz) returns date language sql immutable parallel safe as $$ select (t at time zone 'UTC')::date $$;
create function pm_second_of(t timestamptz) returns int language sql immutable parallel safe as $$
	select extract(epoch from (t at time zone 'UTC')::time)::int
$$;
create function pm_times(day date, seconds int[]) returns timestamptz[] language sql immutable parallel safe as $$
	select array(select (day + x * interval '1 second') at time zone 'UTC' from unnest(seconds) x order by x)
$$;

-- Periods that have come: their ends, in the days of the uploads that were to bring them. pm_ensure_days() must have made those days.
create function pm_receive(devices uuid[], ends timestamptz[], suspects boolean[], received_ timestamptz[], grace interval) returns void
language sql as $$
	with n as (
		select n.device_id, n.suspect, n.at, p.until, coalesce(pm_slot(n.e, p.phase, p.interval_s), n.e) as slot, p.since
		from unnest(devices, ends, suspects, received_) as n(device_id, e, suspect, at)
		left join lateral (
			select * from device_pm p where p.device_id = n.device_id and p.since < n.e + p.interval_s * interval '1 second'
			order by p.since desc limit 1) p on true)
	insert into pm_day as y (device_id, day, received, late, suspect, unexpected)
	select device_id, pm_day_of(slot), array_agg(distinct pm_second_of(slot)),
		coalesce(array_agg(distinct pm_second_of(slot)) filter (where slot > since and at > slot + grace), '{}'),
		coalesce(array_agg(distinct pm_second_of(slot)) filter (where suspect), '{}'),
		coalesce(array_agg(distinct pm_second_of(slot)) filter (where slot > until), '{}')
	from n group by 1, 2 order by 1, 2
	on conflict (device_id, day) do update set received = pm_union(y.received, excluded.received),
		late = pm_union(y.late, pm_minus(excluded.late, y.received)),
		suspect = pm_union(pm_minus(y.suspect, excluded.received), excluded.suspect),
		unexpected = pm_union(y.unexpected, excluded.unexpected)
$$;

-- Adds what was due of one device until `upto`, at most a week back.
create function pm_expect(device uuid, checked timestamptz, upto timestamptz) returns void language sql as $$
	with p as (select *, lead(since) over (order by since) as next from device_pm where device_id = device),
	s as (
		select t from p, generate_series(pm_slot(greatest(since, checked, upto - interval '7 days'), phase, interval_s), least(upto, until, next),
			interval_s * interval '1 second') t
		where t > greatest(since, checked))
	insert into pm_day as y (device_id, day, expected)
	select device, pm_day_of(t), array_agg(distinct pm_second_of(t)) from s group by 2 order by 2
	on conflict (device_id, day) do update set expected = pm_union(y.expected, excluded.expected)
$$;

-- What is missing of one device since a time.
create function pm_missing(device uuid, since timestamptz) returns table (slot timestamptz) language sql stable as $$
	select t from pm_day y, unnest(pm_times(y.day, pm_minus(y.expected, y.received))) t
	where y.device_id = device and y.day >= pm_day_of(since) and t > since
$$;

-- Brings the ledgers of devices up to date. An upload is known to be missing when its grace has passed or a later one has arrived. Returns the devices that have become
-- incomplete, or complete again, within `win`: what is older raises no alarm.
create function pm_check(devices uuid[], now_ timestamptz, grace interval, win interval)
returns table (device_id uuid, missing int, oldest timestamptz) language plpgsql as $$
declare
	w pm_watch;
	p device_pm;
	upto timestamptz;
	latest timestamptz;
	m int;
	o timestamptz;
	next_due timestamptz;
begin
	for w in select x.* from pm_watch x where x.device_id = any(devices) order by x.device_id for update loop
		select * into p from device_pm q where q.device_id = w.device_id order by q.since desc limit 1;
		select max((y.day + s * interval '1 second') at time zone 'UTC') into latest from pm_day y, unnest(y.received) s
			where y.device_id = w.device_id and y.day >= pm_day_of(w.checked) and y.day <= pm_day_of(now_);
		upto := greatest(w.checked, now_ - grace, case when latest is not null then least(latest, now_) end); -- least() passes over null
		perform pm_expect(w.device_id, w.checked, upto);
		select count(*), min(slot) into m, o from pm_missing(w.device_id, now_ - win);
		next_due := case when p.until is null or p.until > upto
			then pm_slot(greatest(upto, p.since) + interval '1 microsecond', p.phase, p.interval_s) + grace end;
		update pm_watch x set checked = upto, missing = m > 0, due = coalesce(least(next_due, o + win), 'infinity') where x.device_id = w.device_id;
		if (m > 0) <> w.missing then
			device_id := w.device_id;
			missing := m;
			oldest := o;
			return next;
		end if;
	end loop;
end $$;

-- ---------------------------------------------------------------- views for other services

create view api_v1.pm_series as
	select f.device_id, c.name as counter, o.name as object, g.name as grp, f.period_end, u.duration_ms, f.value, f.text, f.suspect
	from pm_fact f
	join pm_counter c on c.id = f.counter_id
	join pm_object o on o.id = f.object_id
	join pm_group g on g.id = f.group_id
	join pm_unit u on u.device_id = f.device_id and u.period_end = f.period_end and u.group_id = f.group_id;

create view api_v1.pm_days as
	select device_id, day, cardinality(expected) as expected, cardinality(received) as received,
		cardinality(pm_minus(expected, received)) as missing_count, pm_times(day, pm_minus(expected, received)) as missing,
		pm_times(day, late) as late, pm_times(day, suspect) as suspect, pm_times(day, unexpected) as unexpected
	from pm_day;

create view api_v1.pm_quarantine as
	select device_id, file_id, n, at, received, name, reason, detail, grp, period_end, size, body is not null as has_body, ref from pm_quarantine;
