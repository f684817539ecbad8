-- Files that devices fetch and have sent, and what they were told about PM uploads.

-- What a device may fetch. Small generated files (CM files: TS 32.584) lie in body, written in the transaction that hands out their URL;
-- others (firmware) in the storage that all file servers share, under ref.
create table file (
	id         uuid primary key,
	tenant     text not null,
	kind       text not null check (kind in ('cm', 'firmware', 'other')),
	name       text not null,
	type       text not null default 'application/octet-stream',
	size       bigint not null,
	sha256     bytea not null,
	body       bytea,
	ref        text,
	device_id  uuid,                     -- one device's own; null: any device's that has a URL
	created    timestamptz not null default clock_timestamp(),
	expires    timestamptz,              -- it and its secrets go away then, or once the transfer has ended (cm-file 2)
	check ((body is null) <> (ref is null))
);
create index file_expires on file (expires) where expires is not null;

-- What a device has uploaded; written by the consumers of hms.files. An upload that is repeated is the same file.
create table upload (
	device_id  uuid not null,
	id         uuid not null,            -- FileEvent.file_id
	tenant     text not null,
	kind       text not null check (kind in ('pm', 'log', 'configuration', 'other')),
	name       text not null,
	size       bigint not null,
	sha256     bytea not null,
	received   timestamptz not null,
	command_id bigint,
	body       bytea,                    -- kinds that are kept in PostgreSQL; PM files are not
	ref        text,
	primary key (device_id, id)
);
create index upload_received on upload (device_id, received);

-- PM uploads as the device has confirmed them (PM-01); written by provisioning. Periods are expected from `since` on, at
-- phase + n * interval_s; none after `until` (PM-02).
create table device_pm (
	device_id  uuid not null,
	since      timestamptz not null,
	until      timestamptz,
	interval_s int not null check (interval_s > 0),
	phase      timestamptz,              -- PeriodicUploadTime; null: the device chooses
	primary key (device_id, since)
);
