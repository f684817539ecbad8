# A private CA and the certificate of this run folder's listeners. Sourced after common.sh.
# shellcheck shell=bash

tls_dir=$HMS_RUN/secret/tls

# tls_request OPTION...: a key on P-256 and a certificate, with the extensions of the options only.
tls_request() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config <(printf '[req]\ndistinguished_name = dn\n[dn]\n') \
		-addext subjectKeyIdentifier=hash "$@"
}

tls_issue() {
	local dir=$1
	tls_request -subj "/CN=HMS development CA" -days 3650 -addext basicConstraints=critical,CA:TRUE \
		-addext keyUsage=critical,keyCertSign,cRLSign -keyout "$dir/ca.key" -out "$dir/ca.pem"
	tls_request -subj "/CN=localhost" -days 365 -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature \
		-addext extendedKeyUsage=serverAuth -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext authorityKeyIdentifier=keyid \
		-CA "$dir/ca.pem" -CAkey "$dir/ca.key" -keyout "$dir/server.key" -out "$dir/server.pem"
}

# tls_client DIR NAME SUBJECT [EXTENSION]: a client certificate of this run folder's CA, DIR/NAME.pem and NAME.key. SUBJECT as openssl wants it, e.g.
# "/CN=0200F0-HeNB-SIM00000001"; EXTENSION e.g. "subjectAltName=DNS:sim00000001.hnb.example.org".
tls_client() {
	mkdir -p "$1" && tls_request -subj "$3" -days 365 -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature \
		-addext extendedKeyUsage=clientAuth -addext authorityKeyIdentifier=keyid ${4:+-addext "$4"} \
		-CA "$tls_dir/ca.pem" -CAkey "$tls_dir/ca.key" -keyout "$1/$2.key" -out "$1/$2.pem"
}

# tls_cells DIR OUI PRODUCT_CLASS PREFIX FIRST COUNT: one for each of hnbsim's cells, DIR/<serial>.pem and .key: --cert DIR/{serial}.pem --key DIR/{serial}.key
tls_cells() {
	local number serial
	for ((number = $5; number < $5 + $6; number++)); do
		serial=$4$(printf %08d "$number")
		tls_client "$1" "$serial" "/CN=$2-$3-$serial" || return
	done
}

# tls_certificates: makes $tls_dir/ca.pem, server.pem and server.key at first use, and again a day before they expire.
tls_certificates() {
	if openssl x509 -in "$tls_dir/server.pem" -noout -checkend 86400 >/dev/null 2>&1; then return; fi
	command -v openssl >/dev/null || die "openssl is not installed: run 'make setup'"
	rm -rf "$tls_dir" "$tls_dir.new"
	(umask 077 && mkdir -p "$tls_dir.new" && logged certificates tls_issue "$tls_dir.new") || die "no certificates"
	mv "$tls_dir.new" "$tls_dir"
}
