-- What operators do with profiles, pools of ids and values of groups, and how they find devices by what these have.

-- Why this version counts, as whoever said so has put it.
alter table profile_head add column note text not null default '';

-- ---------------------------------------------------------------- search

-- Most devices have no tags, and stay out of this index.
create index device_list_tags on device using gin (tags) where tags <> '{}';
create index device_serial_like on device (tenant, serial text_pattern_ops);

-- The pattern of LIKE that a text with stars is.
create function api_v1.like_of(given text) returns text immutable language sql as $$
	select replace(replace(replace(replace(given, '\', '\\'), '%', '\%'), '_', '\_'), '*', '%')
$$;

-- A path with its instance numbers taken out, as in param_path; and put in again.
create function api_v1.path_pattern(path text) returns text immutable language sql as $$
	select regexp_replace(regexp_replace(path, '\.[0-9]+(?=\.|$)', '.{i}', 'g'), '^[0-9]+(?=\.)', '{i}')
$$;
create function api_v1.path_instances(path text) returns int[] immutable language sql as $$
	select coalesce(array_agg(n::int order by o), '{}') from unnest(string_to_array(path, '.')) with ordinality p(n, o) where n ~ '^[0-9]{1,9}$'
$$;
create function api_v1.path_of(pattern text, instances int[]) returns text immutable language sql as $$
	select string_agg(part || coalesce(instances[o]::text, ''), '' order by o)
	from unnest(string_to_array(pattern, '{i}')) with ordinality p(part, o)
$$;

-- ---------------------------------------------------------------- secrets are shown to nobody

-- Names of what is secret where a document does not say so itself.
create function api_v1.is_secret_name(name text) returns boolean immutable language sql as $$
	select name ~* '(password|passphrase|psk|secret)$'
$$;

-- A document as it is shown: what is marked as secret, or named so, is '***'; placeholders stay, they say nothing.
create function api_v1.document_shown(given jsonb, name text default '') returns jsonb immutable language plpgsql as $$
begin
	case jsonb_typeof(given)
	when 'object' then
		return (select coalesce(jsonb_object_agg(m.key, api_v1.document_shown(m.value, case
			when m.key <> 'value' then m.key when given -> 'secret' = 'true' then 'secret' else name end)), '{}') from jsonb_each(given) m);
	when 'array' then
		return (select coalesce(jsonb_agg(api_v1.document_shown(e.value, name) order by e.ordinality), '[]')
			from jsonb_array_elements(given) with ordinality e);
	when 'string', 'number' then
		return case when api_v1.is_secret_name(name) and given #>> '{}' !~ '^\{[a-z0-9._]+\}$' then '"***"' else given end;
	else
		return given;
	end case;
end $$;

-- What is kept of a change: as it was in 0013, and no values of documents that are secret.
create or replace function api_v1.audit(caller jsonb, action_ text, args_ jsonb, status_ int, detail_ text) returns void language sql as $$
	insert into api_audit (tenant, who, role, peer, action, args, status, detail)
	values (caller ->> 'tenant', caller ->> 'name', caller ->> 'role', caller ->> 'peer', action_,
		case when jsonb_typeof(args_ -> 'arguments') = 'object'
				then jsonb_set(args_, '{arguments}', api_v1.arguments_shown(args_ -> 'arguments'))
			when jsonb_typeof(args_ -> 'commands') = 'array'
				then jsonb_set(args_, '{commands}', (select coalesce(jsonb_agg(api_v1.member_shown(m.value) order by m.ordinality), '[]')
					from jsonb_array_elements(args_ -> 'commands') with ordinality m))
			when jsonb_typeof(args_ -> 'values') = 'object'
				then jsonb_set(args_, '{values}', api_v1.document_shown(args_ -> 'values'))
			else args_ end, status_, detail_)
$$;

-- ---------------------------------------------------------------- profiles, as they are read

create view api_v1.profile as
	select p.tenant, p.name, h.version as active, p.newest, p.versions, h.changed, h.changed_by, h.note
	from (select tenant, name, max(version) as newest, count(*) as versions from profile group by tenant, name) p
	left join profile_head h on h.tenant = p.tenant and h.name = p.name;

create view api_v1.profile_version as
	select p.tenant, p.name, p.version, h.version is not null as active, p.created, p.created_by, p.note, p.doc
	from profile p left join profile_head h on h.tenant = p.tenant and h.name = p.name and h.version = p.version;

-- The members of a document one by one: parameters and values by name, tables by path, all others whole.
create function api_v1.profile_members(doc jsonb) returns table (member text, value jsonb) immutable language sql as $$
	select e.key || '.' || m.key, case when jsonb_typeof(m.value) = 'object' and m.value - 'value' = '{}' then m.value -> 'value' else m.value end
	from jsonb_each(doc) e cross join lateral jsonb_each(case when jsonb_typeof(e.value) = 'object' then e.value else '{}' end) m
	where e.key in ('parameters', 'values')
	union all
	select 'objects.' || (o.value ->> 'path') || case when o.n > 1 then '[' || o.n || ']' else '' end, o.value - 'path'
	from (select e.value, row_number() over (partition by e.value ->> 'path' order by e.ordinality) as n
		from jsonb_array_elements(case when jsonb_typeof(doc -> 'objects') = 'array' then doc -> 'objects' else '[]' end) with ordinality e) o
	union all
	select key, value from jsonb_each(doc) where key not in ('parameters', 'values', 'objects')
$$;

create function api_v1.profile_version_need(tenant_ text, name_ text, version_ int, field text) returns jsonb stable language plpgsql as $$
declare
	doc_ jsonb := (select doc from profile where tenant = tenant_ and name = name_ and version = version_);
begin
	if doc_ is null then
		perform api_v1.refuse('HM404', format('there is no version %s', version_), field);
	end if;
	return doc_;
end $$;

-- What another version would change. Null: there is no such profile. Without to: the newest version; without from: the one that counts, else the one before to.
create function api_v1.profile_diff(tenant_ text, name_ text, from_ int, to_ int) returns jsonb stable language plpgsql as $$
declare
	p api_v1.profile;
	a jsonb := '{}';
	b jsonb;
begin
	select * into p from api_v1.profile where tenant = tenant_ and name = name_;
	if p.name is null then
		return null;
	end if;
	to_ := coalesce(to_, p.newest);
	from_ := coalesce(from_, nullif(p.active, to_), (select max(version) from profile where tenant = tenant_ and name = name_ and version < to_));
	b := api_v1.profile_version_need(tenant_, name_, to_, 'to');
	if from_ is not null then
		a := api_v1.profile_version_need(tenant_, name_, from_, 'from');
	end if;
	return jsonb_build_object('name', name_, 'from', from_, 'to', to_, 'items', (
		select coalesce(jsonb_agg(jsonb_build_object('member', coalesce(x.member, y.member),
			'change', case when x.member is null then 'added' when y.member is null then 'removed' else 'changed' end,
			'old', api_v1.document_shown(x.value, x.member), 'new', api_v1.document_shown(y.value, y.member))
			order by coalesce(x.member, y.member) collate "C"), '[]')
		from api_v1.profile_members(a) x full join api_v1.profile_members(b) y on y.member = x.member
		where x.value is distinct from y.value));
end $$;

-- ---------------------------------------------------------------- how devices stand to them

create view api_v1.device_desired as
	select d.tenant, x.device_id, d.serial, d.oui, d.software_version, d.group_name as "group", x.state, x.reason, x.since, x.audited, x.failures, x.retry,
		x.profiles, h.last_inform
	from device_desired x join device d on d.device_id = x.device_id join device_hot h on h.device_id = x.device_id;

-- [[name, version], ...] as objects.
create function api_v1.profiles_shown(profiles jsonb) returns jsonb immutable language sql as $$
	select coalesce(jsonb_agg(jsonb_build_object('name', p.value -> 0, 'version', p.value -> 1) order by p.ordinality), '[]')
	from jsonb_array_elements(profiles) with ordinality p
$$;

-- looked_at: since the last change of what devices shall be.
create function api_v1.desired(dev uuid) returns jsonb stable language sql as $$
	select jsonb_build_object('state', coalesce(x.state, 'none'), 'reason', coalesce(x.reason, ''), 'since', x.since, 'audited', x.audited,
		'failures', coalesce(x.failures, 0), 'retry', x.retry,
		'profiles', case when coalesce(x.state, 'none') = 'none' then '[]' else api_v1.profiles_shown(x.profiles) end,
		'looked_at', h.gen >= coalesce((select g.gen from desired_generation g where g.tenant = d.tenant), 0))
	from device d join device_hot h on h.device_id = d.device_id left join device_desired x on x.device_id = d.device_id where d.device_id = dev
$$;

-- Null: there is no such profile. waiting: devices that have not come since the last change of what they shall be.
create function api_v1.profile_status(tenant_ text, name_ text) returns jsonb stable language sql as $$
	with of_it as materialized (
		select x.state, x.reason, p.value ->> 1 as version
		from device_desired x join device d on d.device_id = x.device_id cross join lateral jsonb_array_elements(x.profiles) p
		where d.tenant = tenant_ and x.state <> 'none' and p.value ->> 0 = name_)
	select jsonb_build_object('name', p.name, 'active', p.active, 'changed', p.changed, 'changed_by', p.changed_by, 'note', p.note,
		'devices', (select count(*) from of_it),
		'states', (select coalesce(jsonb_object_agg(state, n), '{}') from (select state, count(*) as n from of_it group by state) s),
		'versions', (select coalesce(jsonb_object_agg(version, n), '{}') from (select version, count(*) as n from of_it group by version) v),
		'reasons', (select coalesce(jsonb_agg(jsonb_build_object('state', state, 'reason', reason, 'devices', n) order by n desc, state, reason), '[]')
			from (select state, reason, count(*) as n from of_it where reason <> '' group by state, reason order by n desc, state, reason limit 20) r),
		'waiting', (select count(*) from device d join device_hot h on h.device_id = d.device_id
			where d.tenant = tenant_ and d.state in ('PROVISIONED', 'IN_SERVICE', 'SETTLED')
				and h.gen < (select g.gen from desired_generation g where g.tenant = tenant_)))
	from api_v1.profile p where p.tenant = tenant_ and p.name = name_
$$;

-- ---------------------------------------------------------------- who changed what

create view api_v1.param_history as
	select h.device_id, h.at, h.path_id, h.instances, p.path as pattern, api_v1.path_of(p.path, h.instances) as name, h.old, h.new,
		case h.source when 'P' then 'profile' when 'O' then 'operator' else 'device' end as source,
		case when h.source = 'P' and h.by like '[%' then (select string_agg((e.value ->> 0) || ' ' || (e.value ->> 1), ', ' order by e.ordinality)
			from jsonb_array_elements(h.by::jsonb) with ordinality e) else h.by end as who,
		nullif(h.command_id, 0)::text as command
	from param_history h join param_path p on p.id = h.path_id;

-- ---------------------------------------------------------------- profiles, as they are changed

create function api_v1.profile_need(tenant_ text, name_ text) returns void stable language plpgsql as $$
begin
	if not exists (select 1 from profile where tenant = tenant_ and name = name_) then
		perform api_v1.refuse('HM404', 'no such profile', 'profile');
	end if;
end $$;

-- A document that is the newest one already is no new version. pools: those that it names.
create function api_v1.do_profile_put(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	tenant_ text := caller ->> 'tenant';
	name_ text := args ->> 'profile';
	doc_ jsonb := convert_from(body, 'UTF8')::jsonb;
	newest profile;
	pool_ text;
begin
	if not hms_name_ok(name_) then
		perform api_v1.refuse('HM422', 'a name has 1 to 64 letters, digits, dots, dashes and underscores', 'profile');
	end if;
	select p into pool_ from jsonb_array_elements_text(args -> 'pools') p
		where not exists (select 1 from id_pool i where i.tenant = tenant_ and i.name = p) order by p limit 1;
	if found then
		perform api_v1.refuse('HM422', format('there is no pool %s', pool_), '{pool.' || pool_ || '}');
	end if;
	perform pg_advisory_xact_lock(hashtext('profile'), hashtext(tenant_ || '/' || name_));
	select * into newest from profile where tenant = tenant_ and name = name_ order by version desc limit 1;
	if newest.doc is distinct from doc_ then
		insert into profile (tenant, name, version, active, doc, created_by, note)
		values (tenant_, name_, coalesce(newest.version, 0) + 1, false, doc_, caller ->> 'name', coalesce(args ->> 'note', ''));
	end if;
	return (select jsonb_build_object('name', p.name, 'version', p.newest, 'active', p.active, 'new', newest.doc is distinct from doc_,
		'href', '/api/v1/profiles/' || p.name || '?version=' || p.newest)
		from api_v1.profile p where p.tenant = tenant_ and p.name = name_);
end $$;

-- Applying a version and going back to one are the same.
create function api_v1.do_profile_activate(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	tenant_ text := caller ->> 'tenant';
	name_ text := args ->> 'profile';
	version_ int := (args ->> 'version')::int;
	was int;
begin
	perform api_v1.profile_need(tenant_, name_);
	perform api_v1.profile_version_need(tenant_, name_, version_, 'version');
	perform pg_advisory_xact_lock(hashtext('profile'), hashtext(tenant_ || '/' || name_));
	select version into was from profile_head where tenant = tenant_ and name = name_;
	if was is distinct from version_ then
		insert into profile_head as h (tenant, name, version, changed_by, note)
		values (tenant_, name_, version_, caller ->> 'name', coalesce(args ->> 'note', ''))
		on conflict (tenant, name) do update set version = excluded.version, changed = clock_timestamp(), changed_by = excluded.changed_by,
			note = excluded.note;
	end if;
	return jsonb_build_object('name', name_, 'active', version_, 'was', was, 'href', '/api/v1/profiles/' || name_);
end $$;

create function api_v1.do_profile_off(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	was int;
begin
	perform api_v1.profile_need(caller ->> 'tenant', args ->> 'profile');
	delete from profile_head where tenant = caller ->> 'tenant' and name = args ->> 'profile' returning version into was;
	return jsonb_build_object('name', args ->> 'profile', 'active', null, 'was', was, 'href', '/api/v1/profiles/' || (args ->> 'profile'));
end $$;

-- ---------------------------------------------------------------- pools of ids

-- free: null where the same value may be allotted again elsewhere.
create view api_v1.pool as
	select p.tenant, p.name, p.doc as document, id_pool_size(p.doc) as size, l.leased,
		case when p.doc ->> 'scope' = 'tenant' then greatest(id_pool_size(p.doc) - l.leased, 0) end as free
	from id_pool p cross join lateral (select count(*) as leased from id_pool_lease l where l.tenant = p.tenant and l.pool = p.name and l.released is null) l;

create view api_v1.pool_lease as
	select l.tenant, l.pool, l.value, l.device_id, d.serial, d.state, h.last_inform, l.allotted
	from id_pool_lease l left join device d on d.device_id = l.device_id left join device_hot h on h.device_id = l.device_id
	where l.released is null;

create function api_v1.do_pool_put(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	doc_ jsonb := args - '{pool}'::text[];
begin
	if not (args ->> 'pool') ~ '^[a-z0-9._]{1,64}$' then
		perform api_v1.refuse('HM422', 'a name has 1 to 64 lower-case letters, digits, dots and underscores', 'pool');
	end if;
	insert into id_pool (tenant, name, doc) values (caller ->> 'tenant', args ->> 'pool', doc_)
	on conflict (tenant, name) do update set doc = excluded.doc where id_pool.doc is distinct from excluded.doc;
	return (select to_jsonb(p) - 'tenant' || jsonb_build_object('href', '/api/v1/pools/' || p.name)
		from api_v1.pool p where p.tenant = caller ->> 'tenant' and p.name = args ->> 'pool');
end $$;

-- Of a device that is gone: one that is blocked gives its values back by itself, and one that comes would only be given another.
create function api_v1.do_pool_release(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	tenant_ text := caller ->> 'tenant';
	dev uuid := coalesce(api_v1.device_find(tenant_, args -> 'device'),
		case when jsonb_array_length(args -> 'device') = 1 then (args -> 'device' ->> 0)::uuid end);
	seen timestamptz;
	value_ text;
begin
	select h.last_inform into seen from device d join device_hot h on h.device_id = d.device_id
		where d.device_id = dev and d.state in ('PROVISIONED', 'IN_SERVICE', 'SETTLED');
	if seen > now() - interval '1 day' then
		perform api_v1.refuse('HM409', 'the device has come within a day: block it, and its values go back', 'device');
	end if;
	update id_pool_lease l set released = clock_timestamp(),
		free = single and exists (select from id_pool p where p.tenant = l.tenant and p.name = l.pool and id_pool_has(p.doc, l.value))
	where tenant = tenant_ and pool = args ->> 'pool' and device_id = dev and released is null
	returning value into value_;
	if value_ is null then
		perform api_v1.refuse('HM404', 'the device has no value of this pool', 'device');
	end if;
	return jsonb_build_object('pool', args ->> 'pool', 'device_id', dev, 'value', value_, 'released', true);
end $$;

-- ---------------------------------------------------------------- values of groups

create or replace view api_v1.device_group as
	select tenant, name, auth, redirect_url, changed, api_v1.document_shown(coalesce(doc -> 'values', '{}')) as values from device_group;

create function api_v1.do_group_values(caller jsonb, args jsonb, body bytea) returns jsonb language plpgsql as $$
declare
	bad text;
	values_ jsonb;
begin
	select m.key into bad from jsonb_each(args -> 'values') m
		where m.key !~ '^[a-z0-9._]{1,64}$' or jsonb_typeof(m.value) not in ('string', 'number', 'boolean') or length(m.value #>> '{}') > 4096 limit 1;
	if found then
		perform api_v1.refuse('HM422', 'a name of lower-case letters, digits, dots and underscores, with a text, a number or a boolean is needed',
			left('values.' || bad, 63));
	end if;
	select m.key into bad from jsonb_each(args -> 'values') m where m.value = '"***"' limit 1;
	if found then
		perform api_v1.refuse('HM422', '*** stands for a secret that is not shown: the secret itself is needed', left('values.' || bad, 63));
	end if;
	values_ := (select coalesce(jsonb_object_agg(m.key, m.value), '{}') from jsonb_each_text(args -> 'values') m);
	update device_group g set doc = jsonb_set(g.doc, '{values}', values_), changed = now()
	where g.tenant = caller ->> 'tenant' and g.name = args ->> 'group' and g.doc -> 'values' is distinct from values_;
	if not exists (select 1 from device_group g where g.tenant = caller ->> 'tenant' and g.name = args ->> 'group') then
		perform api_v1.refuse('HM404', 'no such group', 'group');
	end if;
	return (select to_jsonb(g) - 'tenant' || jsonb_build_object('href', '/api/v1/groups/' || g.name)
		from api_v1.device_group g where g.tenant = caller ->> 'tenant' and g.name = args ->> 'group');
end $$;
