-- Commands: tries after faults, groups, transfers that are asked after, diagnostics, and jobs for many devices.

-- ---------------------------------------------------------------- commands

-- retries: how often it was queued again after a fault; ended_try: the last try whose failure the device has reported: what it says of that one or of an older one is a
-- repeat. grp_pos: place in its group. stage: of diagnostics (services/provisioning/diagnostics.h). ask_at: when a transfer that runs is asked after; gone: the device knew
-- nothing of it then.
alter table command
	add column retries   int not null default 0,
	add column ended_try int not null default 0,
	add column note      text not null default '',
	add column grp_pos   smallint not null default 0,
	add column stage     smallint not null default 0,
	add column ask_at    timestamptz,
	add column gone      boolean not null default false,
	add column job       bigint;
alter table command_done
	add column retries   int not null default 0,
	add column ended_try int not null default 0,
	add column grp_pos   smallint not null default 0,
	add column stage     smallint not null default 0,
	add column job       bigint;

create or replace view command_all as
	select device_id, id, prio, kind, payload, purpose, origin, reason, state, tries, g_sid, g_n, dispatched, created, null::timestamptz as ended,
		null::int as fault, null::jsonb as result, note, cancel, deadline, not_before, retries, grp, grp_pos, job from command
	union all
	select device_id, id, prio, kind, payload, purpose, origin, reason, state, tries, g_sid, g_n, dispatched, created, ended, fault, result, note,
		false, null, null, retries, grp, grp_pos, job from command_done;

create or replace view api_v1.command as
	select c.device_id, c.id as key_, c.id::text as id, c.kind,
		case when jsonb_typeof(c.payload) = 'object' then api_v1.arguments_shown(c.payload) else c.payload end as arguments, c.state,
		c.ended is not null as ended, c.origin, c.reason, c.purpose, c.prio as priority, c.tries, c.created, c.deadline, c.ended as ended_at,
		nullif(c.fault, 0) as fault, c.result, c.note, c.cancel as cancel_requested, c.not_before, c.retries, nullif(c.grp, 0)::text as "group",
		nullif(c.job, 0)::text as job
	from command_all c;

-- ---------------------------------------------------------------- groups

-- Commands of one device that were accepted together. undo: what undoes the members that are done, the last one last; done, undone: how many have ended so.
create table command_group (
	device_id uuid not null,
	id        bigint not null,
	mode      text not null check (mode in ('all', 'independent', 'undo')),
	state     text not null default 'open' check (state in ('open', 'undoing', 'done', 'failed', 'undone', 'undo_failed')),
	origin    text not null,
	reason    text not null default '',
	prio      smallint not null,
	total     int not null,
	done      int not null default 0,
	failed    int not null default 0,
	undone    int not null default 0,
	undo      jsonb not null,
	deadline  timestamptz not null,
	note      text not null default '',
	created   timestamptz not null default clock_timestamp(),
	ended     timestamptz,
	primary key (device_id, id)
);
create index command_group_open on command_group (device_id) where ended is null;
create index command_grp on command (device_id, grp) where grp <> 0;
create index command_done_grp on command_done (device_id, grp) where grp <> 0;

-- Accepts a group: members is an array of {kind, arguments, undo: {kind, arguments}}. Its commit is the acceptance, of all or of none.
create function command_group_add(device uuid, mode_ text, members jsonb, origin_ text default 'operator', reason_ text default '', prio_ int default 100,
	life interval default '24 hours')
returns bigint language plpgsql as $$
declare
	new_id bigint := hms_command_id();
	total_ int := jsonb_array_length(members);
	until timestamptz := clock_timestamp() + life;
begin
	if total_ = 0 then
		raise exception 'a group has at least one member' using errcode = '22023';
	end if;
	if exists (select from jsonb_array_elements(members) m, lateral (values (m -> 'arguments'), (m -> 'undo' -> 'arguments')) as a(given)
		where a.given ? 'ParameterKey' or a.given ? 'CommandKey') then
		raise exception 'ParameterKey and CommandKey are set by HMS' using errcode = '22023';
	end if;
	perform 1 from device_hot where device_id = device for update;
	if not found then
		raise exception 'no such device: %', device using errcode = 'P0002';
	end if;
	insert into command_group (device_id, id, mode, origin, reason, prio, total, undo, deadline)
	select device, new_id, mode_, origin_, reason_, prio_, total_, jsonb_agg(coalesce(m.value -> 'undo', 'null') order by m.ordinality), until
	from jsonb_array_elements(members) with ordinality m;
	-- Ids grow with the places, so that priority and id are their order in the list of all commands, too.
	insert into command (device_id, id, prio, grp, grp_pos, kind, payload, origin, reason, deadline)
	select device, i.id, prio_, new_id, row_number() over (order by i.id), members -> (row_number() over (order by i.id) - 1)::int ->> 'kind',
		coalesce(members -> (row_number() over (order by i.id) - 1)::int -> 'arguments', '{}'), origin_, reason_, until
	from (select hms_command_id() as id from generate_series(1, total_)) i;
	update device_hot set pending = pending + total_, q_ver = q_ver + 1 where device_id = device;
	return new_id;
end $$;

create function command_group_cancel(device uuid, id_ bigint) returns boolean language plpgsql as $$
begin
	perform 1 from device_hot where device_id = device for update;
	if not exists (select from command_group where device_id = device and id = id_ and ended is null) then
		return false;
	end if;
	update command set cancel = true, noticed = false where device_id = device and grp = id_ and purpose <> 'undo';
	return true;
end $$;

-- ---------------------------------------------------------------- northbound: commands and groups

-- Diagnostics are SetParameterValues to the device.
create or replace function api_v1.method_need(dev uuid, kind_ text) returns void stable language plpgsql as $$
declare
	reason text := (select api_v1.method_reason(d, case kind_ when 'Diagnostics' then 'SetParameterValues' else kind_ end) from device d
		where d.device_id = dev);
begin
	if reason is not null then
		perform api_v1.refuse('HM422', reason, 'kind');
	end if;
end $$;

-- A member as it is accepted: its arguments complete, or a refusal that names it.
create function api_v1.group_member(caller jsonb, dev uuid, given jsonb, place text) returns jsonb stable language plpgsql as $$
declare
	field_ text;
begin
	if given is null then
		return null;
	end if;
	perform api_v1.method_need(dev, given ->> 'kind');
	if given ->> 'kind' = 'CancelTransfer' then
		perform api_v1.transfer_need(dev, given -> 'arguments');
	end if;
	return jsonb_build_object('kind', given ->> 'kind', 'arguments',
		api_v1.file_arguments(caller ->> 'tenant', dev, coalesce(given -> 'arguments', '{}')));
exception when others then
	get stacked diagnostics field_ = column_name;
	raise exception '%', sqlerrm using errcode = sqlstate, column = place || '.' || coalesce(field_, '');
end $$;

create function api_v1.do_command_group_add(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	dev uuid := api_v1.device_need(caller ->> 'tenant', args -> 'device');
	members jsonb;
	id bigint;
begin
	select jsonb_agg(api_v1.group_member(caller, dev, m.value - 'undo', 'commands.' || m.ordinality - 1)
		|| jsonb_build_object('undo', api_v1.group_member(caller, dev, m.value -> 'undo', 'commands.' || m.ordinality - 1 || '.undo'))
		order by m.ordinality)
	into members from jsonb_array_elements(args -> 'commands') with ordinality m;
	id := command_group_add(dev, args ->> 'mode', members, 'operator:' || (caller ->> 'name'), coalesce(args ->> 'reason', ''),
		coalesce((args ->> 'priority')::int, 100), make_interval(secs => coalesce((args ->> 'expires_in_s')::int, 86400)));
	return jsonb_build_object('id', id::text, 'device_id', dev, 'mode', args ->> 'mode', 'state', 'open', 'ended', false,
		'href', '/api/v1/devices/' || dev || '/command-groups/' || id);
end $$;

create function api_v1.do_command_group_cancel(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	dev uuid := api_v1.device_need(caller ->> 'tenant', args -> 'device');
	id_ bigint := (args ->> 'command_group')::bigint;
begin
	if not command_group_cancel(dev, id_) then
		if exists (select from command_group where device_id = dev and id = id_) then
			perform api_v1.refuse('HM409', 'the group has ended', 'command_group');
		end if;
		perform api_v1.refuse('HM404', 'no such group', 'command_group');
	end if;
	return jsonb_build_object('id', id_::text, 'device_id', dev, 'cancel_requested', true);
end $$;

create view api_v1.command_group as
	select g.device_id, g.id as key_, g.id::text as id, g.mode, g.state, g.ended is not null as ended, g.origin, g.reason, g.prio as priority, g.total,
		g.done, g.failed, g.undone, g.note, g.created, g.deadline, g.ended as ended_at
	from command_group g;

-- Passwords in arguments are shown to nobody, in groups neither.
create function api_v1.member_shown(given jsonb) returns jsonb immutable language sql as $$
	select case when jsonb_typeof(given) <> 'object' then given else given
		|| case when jsonb_typeof(given -> 'arguments') = 'object'
			then jsonb_build_object('arguments', api_v1.arguments_shown(given -> 'arguments')) else '{}' end
		|| case when jsonb_typeof(given -> 'undo' -> 'arguments') = 'object'
			then jsonb_build_object('undo', (given -> 'undo') || jsonb_build_object('arguments', api_v1.arguments_shown(given -> 'undo' -> 'arguments')))
			else '{}' end end
$$;
create or replace function api_v1.audit(caller jsonb, action_ text, args_ jsonb, status_ int, detail_ text) returns void language sql as $$
	insert into api_audit (tenant, who, role, peer, action, args, status, detail)
	values (caller ->> 'tenant', caller ->> 'name', caller ->> 'role', caller ->> 'peer', action_,
		case when jsonb_typeof(args_ -> 'arguments') = 'object'
				then jsonb_set(args_, '{arguments}', api_v1.arguments_shown(args_ -> 'arguments'))
			when jsonb_typeof(args_ -> 'commands') = 'array'
				then jsonb_set(args_, '{commands}', (select coalesce(jsonb_agg(api_v1.member_shown(m.value) order by m.ordinality), '[]')
					from jsonb_array_elements(args_ -> 'commands') with ordinality m))
			else args_ end, status_, detail_)
$$;

-- ---------------------------------------------------------------- jobs

-- A command for every device of a selection, made real little by little (contracts 7): no table ever holds all of them at once. tokens, refilled: how many it may make now.
create table job (
	tenant      text not null,
	id          bigint not null,
	kind        text not null,
	payload     jsonb not null,
	selection   jsonb not null,
	rate        int not null check (rate > 0),
	state       text not null default 'running' check (state in ('running', 'paused', 'cancelling', 'cancelled', 'done')),
	origin      text not null,
	reason      text not null default '',
	prio        int not null default 100,
	life        interval not null default '24 hours',
	replace_key text,
	selected    bigint not null,          -- devices at its begin
	made        bigint not null default 0,
	tokens      double precision not null default 0,
	refilled    timestamptz not null default clock_timestamp(),
	created     timestamptz not null default clock_timestamp(),
	ended       timestamptz,
	primary key (tenant, id)
);
create index job_open on job (refilled) where state in ('running', 'cancelling');
-- Sixteen ranges of device_id, each gone through by who owns its first partition.
create table job_slice (
	tenant text not null,
	job    bigint not null,
	slice  int not null,
	at     uuid not null,                 -- devices up to this one have been looked at
	last   uuid not null,
	done   boolean not null default false,
	primary key (tenant, job, slice)
);
create index command_job on command (job) where job <> 0;
create index command_done_job on command_done (job, state) where job <> 0;

drop function command_add(uuid, text, jsonb, text, text, int, interval, text, timestamptz);

-- Accepts a command: its commit is the acceptance (I4). The same replace_key replaces what is still queued.
create function command_add(device uuid, kind_ text, payload_ jsonb default '{}', origin_ text default 'operator', reason_ text default '',
	prio_ int default 100, life interval default '24 hours', replace_key_ text default null, not_before_ timestamptz default null, job_ bigint default null)
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
		insert into command_done (device_id, id, prio, grp, replace_key, kind, payload, purpose, origin, reason, state, tries, retries, g_sid, g_n,
			dispatched, pre, created, note, job)
		select device_id, id, prio, grp, replace_key, kind, payload, purpose, origin, reason, 'cancelled', tries, retries, g_sid, g_n, dispatched, pre,
			created, 'replaced by ' || new_id, job from gone;
		get diagnostics replaced = row_count;
	end if;
	insert into command (device_id, id, prio, replace_key, kind, payload, origin, reason, not_before, deadline, job)
	values (device, new_id, prio_, replace_key_, kind_, payload_, origin_, reason_, not_before_, clock_timestamp() + life, job_);
	update device_hot set pending = pending + 1 - replaced, q_ver = q_ver + 1 where device_id = device;
	return new_id;
end $$;

-- Whether a device is of a selection. One that is held or blocked is of none: nothing is sent to it.
create function job_selects(d device, selection jsonb) returns boolean stable language sql as $$
	select d.state not in ('HELD', 'BLOCKED')
		and (selection ->> 'state' is null or d.state = selection ->> 'state')
		and (selection ->> 'kind' is null or d.kind = selection ->> 'kind')
		and (selection ->> 'model' is null or d.model = selection ->> 'model')
		and (selection ->> 'software_version' is null or d.software_version = selection ->> 'software_version')
		and (selection ->> 'oui' is null or d.oui = upper(selection ->> 'oui'))
		and (selection ->> 'product_class' is null or d.product_class = selection ->> 'product_class')
		and (selection ->> 'group' is null or d.group_name = selection ->> 'group')
		and (selection ->> 'region' is null or d.region = selection ->> 'region')
		and (selection ->> 'tag' is null or selection ->> 'tag' = any(d.tags))
$$;

create function job_add(tenant_ text, kind_ text, payload_ jsonb, selection_ jsonb, rate_ int, origin_ text, reason_ text default '', prio_ int default 100,
	life_ interval default '24 hours', replace_key_ text default null)
returns bigint language plpgsql as $$
declare
	new_id bigint := hms_command_id();
begin
	insert into job (tenant, id, kind, payload, selection, rate, origin, reason, prio, life, replace_key, selected)
	select tenant_, new_id, kind_, payload_, selection_, rate_, origin_, reason_, prio_, life_, replace_key_,
		(select count(*) from device d where d.tenant = tenant_ and job_selects(d, selection_));
	insert into job_slice (tenant, job, slice, at, last)
	select tenant_, new_id, s, (to_hex(s) || repeat('0', 31))::uuid, (to_hex(s) || repeat('f', 31))::uuid from generate_series(0, 15) s;
	return new_id;
end $$;

-- Looks at some devices of a slice and makes the commands of those that are selected, at most `most`. Returns how many.
create function job_slice_step(j job, slice_ int, most int) returns int language plpgsql as $$
declare
	window_max constant int := 2000;
	s job_slice;
	dev uuid;
	reached uuid;
	next_at uuid;
	looked int;
	n int := 0;
begin
	select * into s from job_slice where tenant = j.tenant and job = j.id and slice = slice_;
	-- Its first id is looked at, too: no device has it, as far as SHA-256 goes.
	select count(*), (array_agg(w.device_id order by w.device_id desc))[1] into looked, next_at from (
		select device_id from device where device_id > s.at and device_id <= s.last order by device_id limit window_max) w;
	for dev in
		select d.device_id from device d where d.device_id > s.at and d.device_id <= next_at and d.tenant = j.tenant and job_selects(d, j.selection)
		order by d.device_id limit most
	loop
		perform command_add(dev, j.kind, j.payload, j.origin, j.reason, j.prio, j.life, j.replace_key, null, j.id);
		n := n + 1;
		reached := dev;
	end loop;
	if n = most then -- others may be left before the end of the window
		next_at := reached;
	end if;
	update job_slice set at = coalesce(next_at, last), done = n < most and looked < window_max
	where tenant = j.tenant and job = j.id and slice = slice_;
	return n;
end $$;

-- Asks for the end of some of its commands that are open. Returns whether there were any.
create function job_cancel_step(j job, most int) returns boolean language plpgsql as $$
declare
	devices uuid[];
begin
	devices := array(select distinct c.device_id from command c where c.job = j.id and not c.cancel limit most);
	perform 1 from device_hot where device_id = any(devices) order by device_id for update;
	update command set cancel = true, noticed = false where device_id = any(devices) and job = j.id and not cancel;
	return found;
end $$;

-- What the owner of some partitions does for jobs each time: it makes commands for one of them only, so that devices are locked in the order of their ids. Those whose
-- slices are all another owner's are left to that one. At most ten seconds' commands of a job are made at once. Returns how many were made.
create function job_step(partitions int, mine int[], most int) returns int language plpgsql as $$
declare
	j job;
	slice_ int;
	room int;
	n int := 0;
	now_ timestamptz := clock_timestamp();
begin
	for j in
		select * from job w where w.state = 'cancelling' or w.state = 'running' and (
			exists (select from job_slice s where s.tenant = w.tenant and s.job = w.id and not s.done and (s.slice * 256 * partitions) >> 12 = any(mine))
			or not exists (select from job_slice s where s.tenant = w.tenant and s.job = w.id and not s.done))
		order by w.refilled limit 16 for update skip locked
	loop
		j.tokens := case when j.state = 'running' then least(j.rate * 10, j.tokens + j.rate * extract(epoch from now_ - j.refilled)) else 0 end;
		room := least(floor(j.tokens)::int, most);
		for slice_ in
			select s.slice from job_slice s where j.state = 'running' and s.tenant = j.tenant and s.job = j.id and not s.done
				and (s.slice * 256 * partitions) >> 12 = any(mine) order by s.slice
		loop
			exit when n >= room;
			n := n + job_slice_step(j, slice_, room - n);
		end loop;
		if j.state = 'cancelling' and not job_cancel_step(j, most) then
			j.state := 'cancelled';
		elsif j.state = 'running' and not exists (select from job_slice s where s.tenant = j.tenant and s.job = j.id and not s.done)
			and not exists (select from command c where c.job = j.id) then
			j.state := 'done';
		end if;
		update job set tokens = j.tokens - n, refilled = now_, made = made + n, state = j.state,
			ended = case when j.state in ('cancelled', 'done') then now_ end
		where tenant = j.tenant and id = j.id;
		exit when n > 0 or j.state = 'cancelling';
	end loop;
	return n;
end $$;

-- ---------------------------------------------------------------- northbound: jobs

create function api_v1.do_job_add(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	given jsonb := coalesce(args -> 'arguments', '{}');
	new_id bigint;
begin
	if args ->> 'kind' = 'CancelTransfer' then
		perform api_v1.refuse('HM422', 'it names a command of one device', 'kind');
	end if;
	if given ? 'FileId' and exists (select from file where file.id = (given ->> 'FileId')::uuid and device_id is not null) then
		perform api_v1.refuse('HM422', 'the file is for one device', 'arguments.FileId');
	end if;
	new_id := job_add(caller ->> 'tenant', args ->> 'kind', api_v1.file_arguments(caller ->> 'tenant', null, given), args -> 'selection',
		coalesce((args ->> 'rate')::int, 10), 'operator:' || (caller ->> 'name'), coalesce(args ->> 'reason', ''),
		coalesce((args ->> 'priority')::int, 100), make_interval(secs => coalesce((args ->> 'expires_in_s')::int, 86400)), args ->> 'replace_key');
	return (select jsonb_build_object('id', new_id::text, 'kind', j.kind, 'state', j.state, 'selected', j.selected, 'href', '/api/v1/jobs/' || new_id)
		from job j where j.tenant = caller ->> 'tenant' and j.id = new_id);
end $$;

create function api_v1.job_turn(caller jsonb, args jsonb, from_ text[], to_ text) returns jsonb language plpgsql as $$
declare
	id_ bigint := (args ->> 'job')::bigint;
	was text;
begin
	select state into was from job where tenant = caller ->> 'tenant' and id = id_ for update;
	if was is null then
		perform api_v1.refuse('HM404', 'no such job', 'job');
	elsif was <> all(from_ || to_) then
		perform api_v1.refuse('HM409', 'the job is ' || was, 'job');
	end if;
	update job set state = to_, refilled = clock_timestamp(), tokens = 0 where tenant = caller ->> 'tenant' and id = id_ and state <> to_;
	return jsonb_build_object('id', id_::text, 'was', was, 'state', to_);
end $$;

create function api_v1.do_job_pause(caller jsonb, args jsonb, body bytea) returns jsonb language sql as $$
	select api_v1.job_turn(caller, args, '{running}', 'paused')
$$;
create function api_v1.do_job_resume(caller jsonb, args jsonb, body bytea) returns jsonb language sql as $$
	select api_v1.job_turn(caller, args, '{paused}', 'running')
$$;
-- What devices have begun ends by its answer; the rest is not sent.
create function api_v1.do_job_cancel(caller jsonb, args jsonb, body bytea) returns jsonb language sql as $$
	select api_v1.job_turn(caller, args, '{running,paused}', 'cancelling')
$$;

create view api_v1.job as
	select j.tenant, j.id as key_, j.id::text as id, j.kind, api_v1.arguments_shown(j.payload) as arguments, j.selection, j.rate, j.state, j.origin,
		j.reason, j.prio as priority, j.selected, j.made, j.created, j.ended as ended_at
	from job j;

-- How many of its commands are in which state.
create function api_v1.job_counts(job_ bigint) returns jsonb stable language sql as $$
	select coalesce(jsonb_object_agg(state, n), '{}') from (
		select state, count(*) as n from (
			select state from command where job = job_
			union all select state from command_done where job = job_) c group by state) counts
$$;
