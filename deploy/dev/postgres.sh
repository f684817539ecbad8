# The private PostgreSQL of a run folder. Sourced after common.sh, ports.sh and env.sh.
# shellcheck shell=bash disable=SC2154
#
# It never runs as root: started by root it runs as the user "postgres", and where that user cannot reach the run folder (a clone
# under /root) its data goes to a folder in /var/tmp, which data/postgres then links to. It has no Unix socket, whose path would be too
# long in a deep folder: clients come over 127.0.0.1, with the password in secret/pgpass.

pg_data=$HMS_RUN/data/postgres # holds the folder "cluster"
pg_user=()                     # prefix of commands that run as PostgreSQL's user
if [ "$(id -u)" = 0 ]; then pg_user=(setpriv --reuid=postgres --regid=postgres --init-groups --); fi

# postgres_bin: sets pg_bin.
postgres_bin() {
	for pg_bin in /usr/lib/postgresql/15/bin /usr/lib/postgresql/*/bin; do
		if [ -x "$pg_bin/initdb" ]; then return; fi
	done
	die "PostgreSQL is not installed: run 'make setup'"
}

# postgres_remove PATH: a data folder, or a link to one and that.
postgres_remove() {
	if [ -L "$1" ]; then rm -rf "$(readlink "$1")"; fi
	rm -rf "$1"
}

# postgres_init: makes the cluster with the database hms; pg_data appears when it is complete.
postgres_init() {
	local new=$pg_data.new
	postgres_remove "$new"
	if "${pg_user[@]}" test -x "$HMS_RUN/data"; then
		mkdir -m 700 "$new"
	else
		ln -s "$(mktemp -d /var/tmp/hms-postgres.XXXXXX)" "$new"
	fi
	if [ ${#pg_user[@]} -gt 0 ]; then chown postgres: "$new/."; fi
	cd /
	# shellcheck disable=SC2016 # expands in the inner shell
	PG_PASSWORD=$(secret pgpass) logged initdb "${pg_user[@]}" bash -euc '
		umask 077
		printf "%s\n" "$PG_PASSWORD" >"$1/password"
		"$2/initdb" -D "$1/cluster" -U hms_admin -A scram-sha-256 --pwfile="$1/password" -E UTF8 --locale=C.UTF-8 --no-sync
		rm "$1/password"
		echo "create database hms" | "$2/postgres" --single -D "$1/cluster" postgres
	' bash "$(realpath "$new")" "$pg_bin"
	mv -T "$new" "$pg_data"
}

# postgres_gone CLUSTER: after kill -9 the server's pid, until it is reaped, and its children, until they notice, keep a new one out.
postgres_gone() {
	local pid
	if { read -r pid <"$1/postmaster.pid"; } 2>/dev/null && [ -e "/proc/$pid" ] && ! grep -qs . "/proc/$pid/cmdline"; then return 1; fi
	[ -z "$(find /proc -maxdepth 2 -name cwd -lname "$1" 2>/dev/null)" ]
}

postgres_start() {
	local cluster pg_bin
	postgres_bin
	if [ ! -e "$pg_data" ]; then (postgres_init); fi
	cluster=$(realpath "$pg_data")/cluster
	wait_until 10 postgres_gone "$cluster" || true # if not, PostgreSQL's log will say why
	# hms.run does nothing but name the run folder in the command line.
	launch postgres "${pg_user[@]}" "$pg_bin/postgres" -D "$cluster" -c hms.run="$HMS_RUN/" \
		-c listen_addresses=127.0.0.1 -c port="$port_postgres" -c unix_socket_directories= -c max_connections=200 \
		-c shared_buffers=256MB -c max_wal_size=2GB -c log_line_prefix='%m [%p] '
	await postgres 60 "$pg_bin/pg_isready" -q -h 127.0.0.1 -p "$port_postgres"
}

postgres_stop() { stop_daemon postgres INT 30; }

postgres_purge() {
	postgres_remove "$pg_data"
	postgres_remove "$pg_data.new"
}
