/* Socket addresses as text. */
#include "hms/net/net.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>

static void addr_set_v4(struct hms_addr *out, struct in_addr ip, unsigned port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&out->ss;

	*out = (struct hms_addr){ .len = sizeof(*in) };
	in->sin_family = AF_INET;
	in->sin_addr = ip;
	in->sin_port = htons((uint16_t)port);
}

static void addr_set_v6(struct hms_addr *out, const struct in6_addr *ip, unsigned port)
{
	struct sockaddr_in6 *in = (struct sockaddr_in6 *)&out->ss;

	*out = (struct hms_addr){ .len = sizeof(*in) };
	in->sin6_family = AF_INET6;
	in->sin6_addr = *ip;
	in->sin6_port = htons((uint16_t)port);
}

/* The host without brackets in out, terminated; the port's text is returned. */
static int addr_split(struct hms_str text, char *host, size_t size, struct hms_str *port)
{
	const char *colon = text.len ? memrchr(text.p, ':', text.len) : NULL;
	size_t len;

	if (!colon) {
		return HMS_ESYNTAX;
	}
	len = (size_t)(colon - text.p);
	*port = hms_strn(colon + 1, text.len - len - 1);
	if (len >= 2 && text.p[0] == '[' && colon[-1] == ']') {
		text.p++;
		len -= 2;
	} else if (memchr(text.p, ':', len)) {
		return HMS_ESYNTAX; /* an IPv6 address needs its brackets */
	}
	if (len >= size || memchr(text.p, '\0', len)) {
		return HMS_ESYNTAX;
	}
	memcpy(host, text.p, len);
	host[len] = '\0';
	return 0;
}

int hms_addr_parse(struct hms_str text, struct hms_addr *out)
{
	char host[INET6_ADDRSTRLEN + 1];
	struct hms_str port_text;
	struct in6_addr v6;
	struct in_addr v4 = { .s_addr = htonl(INADDR_ANY) };
	uint64_t port;

	if (addr_split(text, host, sizeof(host), &port_text) || hms_str_u64(port_text, &port) || port > 65535) {
		return HMS_ESYNTAX;
	}
	if (text.p[0] == '[') {
		if (inet_pton(AF_INET6, host, &v6) != 1) {
			return HMS_ESYNTAX;
		}
		addr_set_v6(out, &v6, (unsigned)port);
		return 0;
	}
	if (host[0] && inet_pton(AF_INET, host, &v4) != 1) {
		return HMS_ESYNTAX;
	}
	addr_set_v4(out, v4, (unsigned)port);
	return 0;
}

int hms_addr_resolve(const char *host, unsigned port, struct hms_addr *out, struct hms_err *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV }, *found;
	char service[16];
	int rc;

	snprintf(service, sizeof(service), "%u", port);
	rc = getaddrinfo(host, service, &hints, &found);
	if (rc == EAI_ADDRFAMILY || rc == EAI_NONAME) {
		hints.ai_flags &= ~AI_ADDRCONFIG; /* a host without any address but the loopback's */
		rc = getaddrinfo(host, service, &hints, &found);
	}
	if (rc) {
		return hms_err_set(err, HMS_ENOENT, "%s: %s", host, gai_strerror(rc));
	}
	*out = (struct hms_addr){ .len = found->ai_addrlen };
	memcpy(&out->ss, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return 0;
}

unsigned hms_addr_port(const struct hms_addr *addr)
{
	if (addr->ss.ss_family == AF_INET) {
		return ntohs(((const struct sockaddr_in *)&addr->ss)->sin_port);
	}
	if (addr->ss.ss_family == AF_INET6) {
		return ntohs(((const struct sockaddr_in6 *)&addr->ss)->sin6_port);
	}
	return 0;
}

char *hms_addr_text(const struct hms_addr *addr, bool with_port, char *out, size_t size)
{
	bool v6 = addr->ss.ss_family == AF_INET6;
	char host[INET6_ADDRSTRLEN] = "";

	if (v6) {
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)&addr->ss)->sin6_addr, host, sizeof(host));
	} else if (addr->ss.ss_family == AF_INET) {
		inet_ntop(AF_INET, &((const struct sockaddr_in *)&addr->ss)->sin_addr, host, sizeof(host));
	}
	if (with_port && host[0]) {
		snprintf(out, size, v6 ? "[%s]:%u" : "%s:%u", host, hms_addr_port(addr));
	} else {
		snprintf(out, size, "%s", host);
	}
	return out;
}
