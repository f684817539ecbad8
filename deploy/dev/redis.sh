# The private Redis of a run folder: a cache, so nothing is kept. Sourced after common.sh and ports.sh.
# shellcheck shell=bash disable=SC2154

redis_start() {
	local conf=$HMS_RUN/conf/redis.conf
	command -v redis-server >/dev/null || die "Redis is not installed: run 'make setup'"
	cat >"$conf" <<-END
		bind 127.0.0.1
		port $port_redis
		save ""
		maxmemory 512mb
		maxmemory-policy noeviction
		proc-title-template "{title} {config-file}"
	END
	launch redis redis-server "$conf"
	await redis 20 redis_answers
}

redis_answers() {
	(
		exec 3<>"/dev/tcp/127.0.0.1/$port_redis" || exit
		printf 'PING\r\n' >&3
		IFS= read -r -t 1 line <&3 && [ "$line" = $'+PONG\r' ]
	) 2>/dev/null
}

redis_stop() { stop_daemon redis TERM 10; }

redis_purge() { :; }
