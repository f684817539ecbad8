-- Connection requests: devices that have something to be done and are called, or are about to be, or were given up until they come by themselves.

-- One row while that is so; its owner is the owner of the device's partition. due: when it is to be looked at again.
create table device_call (
	device_id uuid primary key,
	state     text not null check (state in ('session', 'later', 'waiting', 'calling', 'accepted', 'given_up')),
	attempt   bigint not null,             -- names the newest call; its result repeats it
	tries     int not null,
	tries_max int not null,
	outcome   text not null,               -- of the newest call; '': not known yet
	reason    text not null,               -- the same in words
	called    timestamptz,
	due       timestamptz
) with (fillfactor = 50);
create index device_call_due on device_call (due) where due is not null;

-- ---------------------------------------------------------------- the operators' API

-- How the call of a device stands; null: it is not called.
create function api_v1.call(device uuid) returns jsonb stable language sql as $$
	select jsonb_build_object('state', c.state, 'tries', c.tries, 'tries_max', c.tries_max, 'outcome', nullif(c.outcome, ''), 'reason', nullif(c.reason, ''),
		'called', c.called, 'next', case when c.state <> 'given_up' then c.due end)
	from device_call c where c.device_id = device
$$;

create function api_v1.clock(t timestamptz) returns text stable language sql as $$
	select to_char(t at time zone 'UTC', 'HH24:MI:SS') || ' UTC'
$$;

-- What an open command waits for, and until when, in words; null: it has ended.
create function api_v1.command_waits(device uuid, command_ bigint) returns text stable language sql as $$
	select case
		when c.state = 'running' then 'the device reports its end'
		when c.state = 'doubt' then 'evidence of whether it was done'
		when c.state = 'granted' and h.hold_until <> 0 then 'device in session'
		when c.not_before > now() then 'not before ' || api_v1.clock(c.not_before)
		when a.state is null and h.hold_until > extract(epoch from now()) * 1000000 or a.state = 'session' then 'device in session'
		when a.state = 'calling' then format('called, attempt %s of %s', a.tries, a.tries_max)
		when a.state = 'accepted' then format('called, attempt %s of %s: %s', a.tries, a.tries_max, a.reason)
		when a.state = 'waiting' and a.tries = 0 then 'to be called: others come first'
		when a.state = 'waiting' then format('called, attempt %s of %s: %s; next try %s', a.tries, a.tries_max, a.reason, api_v1.clock(a.due))
		when a.state = 'given_up' then format('next Inform of the device; given up to call it: %s', a.reason)
		else 'next Inform of the device' end
	from command c join device_hot h on h.device_id = c.device_id left join device_call a on a.device_id = c.device_id
	where c.device_id = device and c.id = command_
$$;
