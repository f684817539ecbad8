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

# tls_certificates: makes $tls_dir/ca.pem, server.pem and server.key at first use, and again a day before they expire.
tls_certificates() {
	if openssl x509 -in "$tls_dir/server.pem" -noout -checkend 86400 >/dev/null 2>&1; then return; fi
	command -v openssl >/dev/null || die "openssl is not installed: run 'make setup'"
	rm -rf "$tls_dir" "$tls_dir.new"
	(umask 077 && mkdir -p "$tls_dir.new" && logged certificates tls_issue "$tls_dir.new") || die "no certificates"
	mv "$tls_dir.new" "$tls_dir"
}
