/* The PROXY protocol, versions 1 and 2: reading its header. */
#include "proxy.h"

#include <arpa/inet.h>

static const char v1_begin[] = "PROXY ", v2_begin[] = "\r\n\r\n\0\r\nQUIT\n";

enum { V1_MAX = 107, V1_BEGIN = 6, V2_BEGIN = 12, V2_HEAD = 16 };

static void set4(struct hms_addr *peer, const void *address, uint16_t port_be)
{
	struct sockaddr_in *four = (struct sockaddr_in *)&peer->ss;

	*peer = (struct hms_addr){ .len = sizeof(*four) };
	four->sin_family = AF_INET;
	memcpy(&four->sin_addr, address, sizeof(four->sin_addr));
	four->sin_port = port_be;
}

static void set6(struct hms_addr *peer, const void *address, uint16_t port_be)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&peer->ss;

	*peer = (struct hms_addr){ .len = sizeof(*six) };
	six->sin6_family = AF_INET6;
	memcpy(&six->sin6_addr, address, sizeof(six->sin6_addr));
	six->sin6_port = port_be;
}

/* "TCP4 <from> <to> <from port> <to port>" */
static int v1_addresses(struct hms_str line, struct hms_addr *peer)
{
	struct hms_str family = hms_str_split(&line, ' '), from = hms_str_split(&line, ' '), to = hms_str_split(&line, ' '),
		       from_port = hms_str_split(&line, ' '), to_port = line;
	uint8_t address[sizeof(struct in6_addr)];
	bool six = hms_str_eqz(family, "TCP6");
	char text[INET6_ADDRSTRLEN];
	uint64_t port;

	if (hms_str_eqz(family, "UNKNOWN"))
		return 0;
	if ((!six && !hms_str_eqz(family, "TCP4")) || from.len >= sizeof(text) || !to.p || !to.len || !to_port.p ||
	    hms_str_u64(from_port, &port) || port > UINT16_MAX)
		return HMS_EPROTO;
	memcpy(text, from.p, from.len);
	text[from.len] = 0;
	if (inet_pton(six ? AF_INET6 : AF_INET, text, address) != 1)
		return HMS_EPROTO;
	(six ? set6 : set4)(peer, address, htons((uint16_t)port));
	return 0;
}

static int v1_read(const char *data, size_t len, struct hms_addr *peer, size_t *need)
{
	size_t most = len < V1_MAX ? len : V1_MAX;
	const char *end = memmem(data, most, "\r\n", 2);

	if (!end && len >= V1_MAX)
		return HMS_EPROTO;
	if (!end) {
		*need = len + 1;
		return 0;
	}
	if (v1_addresses(hms_strn(data + V1_BEGIN, (size_t)(end - data) - V1_BEGIN), peer))
		return HMS_EPROTO;
	return (int)(end + 2 - data);
}

/* Command LOCAL, and families other than TCP over IP, say nothing of a client. */
static int v2_read(const char *data, size_t len, struct hms_addr *peer, size_t *need)
{
	enum { LOCAL = 0x20, PROXY = 0x21, TCP4 = 0x11, TCP6 = 0x21, TCP4_BYTES = 12, TCP6_BYTES = 36 };
	const uint8_t *bytes = (const uint8_t *)data;
	size_t rest;
	uint16_t port;

	if (len < V2_HEAD) {
		*need = V2_HEAD;
		return 0;
	}
	rest = (size_t)bytes[14] << 8 | bytes[15];
	if ((bytes[12] != LOCAL && bytes[12] != PROXY) || V2_HEAD + rest > PROXY_MAX_BYTES)
		return HMS_EPROTO;
	if (len < V2_HEAD + rest) {
		*need = V2_HEAD + rest;
		return 0;
	}
	if (bytes[12] == PROXY && bytes[13] == TCP4) {
		if (rest < TCP4_BYTES)
			return HMS_EPROTO;
		memcpy(&port, bytes + V2_HEAD + 8, sizeof(port));
		set4(peer, bytes + V2_HEAD, port);
	} else if (bytes[12] == PROXY && bytes[13] == TCP6) {
		if (rest < TCP6_BYTES)
			return HMS_EPROTO;
		memcpy(&port, bytes + V2_HEAD + 32, sizeof(port));
		set6(peer, bytes + V2_HEAD, port);
	}
	return (int)(V2_HEAD + rest);
}

int proxy_read(const char *data, size_t len, struct hms_addr *peer, size_t *need)
{
	size_t first = len < V1_BEGIN ? len : V1_BEGIN, second = len < V2_BEGIN ? len : V2_BEGIN;

	if (len >= V1_BEGIN && memcmp(data, v1_begin, V1_BEGIN) == 0)
		return v1_read(data, len, peer, need);
	if (len >= V2_BEGIN && memcmp(data, v2_begin, V2_BEGIN) == 0)
		return v2_read(data, len, peer, need);
	if (memcmp(data, v1_begin, first) != 0 && memcmp(data, v2_begin, second) != 0)
		return HMS_EPROTO;
	*need = len + 1;
	return 0;
}
