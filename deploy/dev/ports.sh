# Ports of a run folder: one block of 512, claimed at the first start and kept in $HMS_RUN/ports. Sourced after common.sh.
# shellcheck shell=bash
#
# The blocks lie below the ports that Linux gives to clients. A claim is a symbolic link in /tmp to the run folder, so several
# systems on one machine do not choose the same block even when they start at once.
#
# block + 0..3   postgres, redis, kafka, kafka's controller
# block + 16 ... services: 64 ports a service, 8 an instance (see hms)

ports_first=12288 ports_size=512 ports_blocks=39

# ports_listening: ports that something listens on, one a line.
ports_listening() {
	local address state
	while read -r _ address _ state _; do
		if [ "$state" = 0A ]; then echo $((16#${address##*:})); fi
	done < <(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
}

# port_free PORT...: true if nothing listens on any of them.
port_free() { ! printf '%s\n' "$@" | grep -qxFf <(ports_listening); }

# ports_claim BLOCK: true if it is ours now.
ports_claim() {
	local block=$1 link=/tmp/hms-ports-$1 owner
	if owner=$(readlink "$link"); then
		if grep -qsx "port_block=$block" "$owner/ports"; then return 1; fi
		rm -f "$link" 2>/dev/null || return 1 # its folder is gone
	fi
	# shellcheck disable=SC2046 # one argument a port
	port_free $(seq "$block" $((block + ports_size - 1))) || return 1
	printf 'port_%s=%s\n' block "$block" postgres "$block" redis $((block + 1)) kafka $((block + 2)) \
		controller $((block + 3)) >"$HMS_RUN/ports" # before the link: a link whose folder has no such file is stale
	ln -sT "$HMS_RUN" "$link" 2>/dev/null
}

ports_choose() {
	for _ in {1..200}; do
		if ports_claim $((ports_first + ports_size * (RANDOM % ports_blocks))); then return; fi
	done
	rm -f "$HMS_RUN/ports"
	die "no $ports_size free ports between $ports_first and $((ports_first + ports_size * ports_blocks))"
}

# ports_load: sets port_block, port_postgres, port_redis, port_kafka, port_controller.
ports_load() {
	[ -s "$HMS_RUN/ports" ] || ports_choose
	# shellcheck source=/dev/null
	. "$HMS_RUN/ports"
}

# ports_release: gives the block back.
ports_release() {
	[ -s "$HMS_RUN/ports" ] || return 0
	ports_load
	# shellcheck disable=SC2154 # from the file
	if [ "$(readlink "/tmp/hms-ports-$port_block")" = "$HMS_RUN" ]; then rm -f "/tmp/hms-ports-$port_block"; fi
	rm -f "$HMS_RUN/ports"
}
