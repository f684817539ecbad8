-- Quirks: commands that go out in several RPCs, and what devices have shown of their models.

-- Rows of the payload's list from slice_at on, slice_rows of them (0: all), are those of the RPC that is granted.
alter table command add column slice_at int not null default 0, add column slice_rows int not null default 0;
alter table command_done add column slice_at int not null default 0, add column slice_rows int not null default 0;

-- A reference table. The registry's files (deploy/quirks) win over it; deleting a row forgets it.
create table learnt_quirk (
	tenant           text not null,
	oui              text not null,
	product_class    text not null,
	software_version text not null,
	quirk            text not null,
	value            bigint not null,
	device_id        uuid not null,             -- who showed it last
	times            int not null default 1,
	first            timestamptz not null default now(),
	last             timestamptz not null default now(),
	primary key (tenant, oui, product_class, software_version, quirk)
);
