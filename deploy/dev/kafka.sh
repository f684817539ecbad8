# The private Kafka of a run folder: one node in KRaft mode. Sourced after common.sh and ports.sh.
# shellcheck shell=bash disable=SC2154

kafka_start() {
	local conf=$HMS_RUN/conf/kafka.properties data=$HMS_RUN/data/kafka jars=$HMS_ROOT/.deps/kafka
	local logging=$HMS_ROOT/deploy/kafka/log4j2.properties
	command -v java >/dev/null || die "Java is not installed: run 'make setup'"
	[ -d "$jars" ] || die "Kafka's jars are missing: run deploy/kafka/fetch"
	render "$HMS_ROOT/deploy/kafka/server.properties.in" PORT="$port_kafka" CONTROLLER="$port_controller" DATA="$data" >"$conf"
	if [ ! -e "$data/meta.properties" ]; then
		rm -rf "$data" # of a format that was interrupted
		logged kafka-format java -cp "$jars/*" -XX:TieredStopAtLevel=1 kafka.tools.StorageTool format --standalone \
			-t "$(head -c 16 /dev/urandom | base64 | tr '+/' 'ab' | cut -c 1-22)" -c "$conf"
	fi
	launch kafka java -cp "$jars/*" -Xms128m -Xmx512m -Dlog4j2.configurationFile="$logging" kafka.Kafka "$conf"
	await kafka 90 kafka_answers
}

# A broker that lists itself in its metadata has joined its cluster. Request: Metadata version 0, all topics. Answer: size, id, number
# of brokers.
kafka_answers() {
	local answer
	answer=$(
		exec 2>/dev/null
		exec 3<>"/dev/tcp/127.0.0.1/$port_kafka" || exit
		printf '\0\0\0\16\0\3\0\0\0\0\0\1\377\377\0\0\0\0' >&3
		timeout 2 head -c 12 <&3 | od -An -tx1 | tr -d ' \n'
	)
	[[ $answer =~ ^[0-9a-f]{16}00000001$ ]]
}

kafka_stop() { stop_daemon kafka TERM 30; }

kafka_purge() { rm -rf "$HMS_RUN/data/kafka"; }
