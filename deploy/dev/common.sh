# Paths, progress output and daemons: what the scripts of deploy/dev share. Sourced by bash.
# shellcheck shell=bash
#
# HMS_RUN  everything that a running system writes; default <repository>/.run. Each such folder is a system of its own.
# HMS_BIN  the programs; default <repository>/build/release/bin

set -euo pipefail
PATH+=:/usr/sbin:/sbin

HMS_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
HMS_RUN=${HMS_RUN:-$HMS_ROOT/.run}
mkdir -p "$HMS_RUN"
HMS_RUN=$(cd "$HMS_RUN" && pwd -P)
HMS_BIN=${HMS_BIN:-$HMS_ROOT/build/release/bin}
export HMS_ROOT HMS_RUN HMS_BIN
mkdir -p "$HMS_RUN"/{conf,data,log,pids}

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# tail_of LOG: its last lines, marked as a quotation.
tail_of() {
	echo "   last lines of $1:"
	tail -n "${TAIL_LINES:-40}" "$1" | sed 's/^/   | /'
}

# logged LOG PROGRAM...: without a line of output unless it fails. LOG.log is in $HMS_RUN/log.
logged() {
	local name=$1 log=$HMS_RUN/log/$1.log status=0
	shift
	"$@" >"$log" 2>&1 </dev/null || status=$?
	[ "$status" = 0 ] && return
	if [[ ! $status =~ ^(129|130|143)$ ]]; then # not by an interruption
		echo "$name has failed (exit status $status)"
		tail_of "$log"
	fi
	return "$status"
}

# step LABEL LOG PROGRAM...: the same, with one line of progress and the seconds it took. For programs: set -e is off in a function
# that is called from here.
step() {
	local label=$1 start=$SECONDS
	shift
	printf '%s ... ' "$label"
	logged "$@" || return
	echo "$((SECONDS - start)) s"
}

# running NAME: sets pid; true if the daemon lives. Pids are used again: its command line has to name this run folder.
running() {
	pid=
	{ read -r pid <"$HMS_RUN/pids/$1"; } 2>/dev/null && grep -qsF -- "$HMS_RUN/" "/proc/$pid/cmdline"
}

# launch NAME PROGRAM...: starts a daemon in a session of its own, so that Ctrl-C does not reach it, with nothing open but its log.
# The command line must hold "$HMS_RUN/". The daemon's pid is in pids/NAME before the program runs.
launch() {
	local name=$1 pids=$HMS_RUN/pids/$1 log=$HMS_RUN/log/$1.log
	shift
	rm -f "$pids"
	if [ "$(stat -c %s "$log" 2>/dev/null || echo 0)" -gt 16777216 ]; then mv -f "$log" "$log.1"; fi
	(
		cd "$HMS_RUN"
		for fd in "/proc/$BASHPID/fd"/*; do
			fd=${fd##*/}
			[ "$fd" -le 2 ] || eval "exec $fd>&-"
		done
		# shellcheck disable=SC2016 # expands in the inner shell
		exec setsid bash -c 'echo $$ >"$0.new" && mv "$0.new" "$0" && exec "$@"' "$pids" "$@"
	) </dev/null >>"$log" 2>&1 &
	wait_until 5 test -s "$pids" || die "$name could not be started: see $log"
}

# wait_until SECONDS COMMAND...
wait_until() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# await NAME SECONDS COMMAND...: until COMMAND says that the daemon answers. Shows the daemon's log if it ends or is too slow.
await() {
	local name=$1 end=$((SECONDS + $2)) why=
	shift 2
	until "$@"; do
		if ! running "$name"; then
			why="has ended"
		elif [ "$SECONDS" -ge "$end" ]; then
			why="is not ready in time"
		fi
		if [ "$why" ]; then
			echo "$name $why"
			tail_of "$HMS_RUN/log/$name.log"
			return 1
		fi
		sleep 0.05
	done
}

# stop_daemon NAME SIGNAL SECONDS: asks it to end; after that time it is killed. No error if it does not run.
stop_daemon() {
	local name=$1 pid
	if running "$name"; then
		kill -s "$2" "$pid" 2>/dev/null || true
		kill -s CONT "$pid" 2>/dev/null || true # it may be paused
		if ! wait_until "$3" gone "$name"; then
			echo "$name has not ended in $3 s: killed"
			kill -s KILL "$pid" 2>/dev/null || true
			wait_until 10 gone "$name"
		fi
	fi
	rm -f "$HMS_RUN/pids/$name"
}

gone() { ! running "$1"; }

# status_line NAME TEXT: exit status 0 if it runs.
status_line() {
	local pid
	if running "$1"; then
		printf '%-18s running  pid %-8s %s\n' "$1" "$pid" "$2"
	else
		printf '%-18s stopped\n' "$1"
		return 1
	fi
}

# render TEMPLATE NAME=value...: the template with each @NAME@ replaced.
render() {
	local text pair
	text=$(cat "$1")
	shift
	for pair; do text=${text//"@${pair%%=*}@"/"${pair#*=}"}; done
	if [[ $text =~ @[A-Z0-9_]+@ ]]; then die "no value for ${BASH_REMATCH[0]}"; fi
	printf '%s\n' "$text"
}

# random_hex BYTES
random_hex() { od -An -v -tx1 -N "$1" /dev/urandom | tr -d ' \n'; }
