# $HMS_RUN/env: addresses and secrets of a run folder as shell variables. Sourced after common.sh and ports.sh.
# shellcheck shell=bash disable=SC2154

# secret NAME [BYTES]: the content of a file of random characters, made at first use.
secret() {
	local file=$HMS_RUN/secret/$1
	[ -s "$file" ] || (umask 077 && mkdir -p "$HMS_RUN/secret" && random_hex "${2:-32}" >"$file")
	cat "$file"
}

# env_addresses: sets dsn, kafka, redis, and the settings of that name, lest the environment speaks of another run folder.
env_addresses() {
	ports_load
	dsn="host=127.0.0.1 port=$port_postgres dbname=hms user=hms_admin password=$(secret pgpass)"
	kafka=127.0.0.1:$port_kafka
	redis=redis://127.0.0.1:$port_redis/0
	export HMS_POSTGRES_DSN=$dsn HMS_KAFKA_BOOTSTRAP=$kafka HMS_REDIS_URL=$redis
}

# env_write NAME=value...: those, and the addresses of the stores, also by the names of the programs' settings.
env_write() {
	local pair value dsn kafka redis
	env_addresses
	set -- HMS_RUN="$HMS_RUN" HMS_PG_DSN="$dsn" HMS_POSTGRES_DSN="$dsn" HMS_KAFKA_BOOTSTRAP="$kafka" \
		HMS_REDIS_URL="$redis" "$@"
	(umask 077 && : >"$HMS_RUN/env.new")
	for pair; do
		value=${pair#*=}
		printf "%s='%s'\n" "${pair%%=*}" "${value//\'/\'\\\'\'}"
	done >"$HMS_RUN/env.new"
	mv "$HMS_RUN/env.new" "$HMS_RUN/env"
}
