/* Networks, and what kind of address an address is. */
#include "hms/net/networks.h"

#include <arpa/inet.h>

static void mapped(const struct hms_addr *addr, uint8_t out[16])
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	if (addr->ss.ss_family == AF_INET6) {
		memcpy(out, &((const struct sockaddr_in6 *)&addr->ss)->sin6_addr, 16);
		return;
	}
	memcpy(out, prefix, sizeof(prefix));
	memcpy(out + 12, &((const struct sockaddr_in *)&addr->ss)->sin_addr, 4);
}

int hms_addr_of_host(struct hms_str host, uint16_t port, struct hms_addr *out)
{
	struct sockaddr_in *four = (struct sockaddr_in *)&out->ss;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&out->ss;
	char z[INET6_ADDRSTRLEN];

	*out = (struct hms_addr){ 0 };
	if (host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
		host = hms_strn(host.p + 1, host.len - 2);
	if (host.len == 0 || host.len >= sizeof(z))
		return HMS_ESYNTAX;
	memcpy(z, host.p, host.len);
	z[host.len] = 0;
	if (inet_pton(AF_INET, z, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		out->len = sizeof(*four);
		return 0;
	}
	if (inet_pton(AF_INET6, z, &six->sin6_addr) != 1)
		return HMS_ESYNTAX;
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(port);
	out->len = sizeof(*six);
	return 0;
}

size_t hms_addr_network(const struct hms_addr *addr, uint8_t out[16])
{
	static const uint8_t four[12] = { [10] = 0xff, [11] = 0xff };

	mapped(addr, out);
	return memcmp(out, four, sizeof(four)) == 0 ? 15 : 6;
}

bool hms_addr_same_host(const struct hms_addr *a, const struct hms_addr *b)
{
	uint8_t x[16], y[16];

	mapped(a, x);
	mapped(b, y);
	return memcmp(x, y, sizeof(x)) == 0;
}

/* ---- networks ---- */
static int network_parse(struct hms_str text, uint8_t address[16], unsigned *bits)
{
	struct hms_str name = hms_str_split(&text, '/');
	struct hms_addr addr;
	uint64_t given = 128;

	if ((name.len && name.p[0] == '[') || hms_addr_of_host(name, 0, &addr))
		return HMS_ESYNTAX;
	mapped(&addr, address);
	if (text.p && (hms_str_u64(text, &given) || given > (addr.ss.ss_family == AF_INET ? 32 : 128)))
		return HMS_ESYNTAX;
	*bits = (unsigned)given + (text.p && addr.ss.ss_family == AF_INET ? 96 : 0);
	return 0;
}

int hms_networks_parse(struct hms_str text, struct hms_networks *out)
{
	out->count = 0;
	while (text.p) {
		struct hms_str one = hms_str_trim(hms_str_split(&text, ','));

		if (one.len == 0)
			continue;
		if (out->count == HMS_NETWORKS_MAX || network_parse(one, out->at[out->count].address, &out->at[out->count].bits))
			return HMS_ESYNTAX;
		out->count++;
	}
	return 0;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned rest = bits % 8;

	return memcmp(a, b, bits / 8) == 0 && (rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0);
}

bool hms_networks_have(const struct hms_networks *networks, const struct hms_addr *addr)
{
	uint8_t address[16];

	mapped(addr, address);
	for (size_t i = 0; i < networks->count; i++)
		if (same_bits(address, networks->at[i].address, networks->at[i].bits))
			return true;
	return false;
}

/* ---- kinds ---- */
/* The first that matches counts (RFC 6890). */
static const struct {
	const char *network;
	enum hms_scope scope;
} kinds[] = {
	{ "0.0.0.0/8", HMS_SCOPE_UNSPECIFIED }, { "127.0.0.0/8", HMS_SCOPE_LOOPBACK },	 { "169.254.0.0/16", HMS_SCOPE_LINK_LOCAL },
	{ "224.0.0.0/4", HMS_SCOPE_MULTICAST }, { "240.0.0.0/4", HMS_SCOPE_RESERVED },	 { "10.0.0.0/8", HMS_SCOPE_PRIVATE },
	{ "172.16.0.0/12", HMS_SCOPE_PRIVATE }, { "192.168.0.0/16", HMS_SCOPE_PRIVATE }, { "100.64.0.0/10", HMS_SCOPE_PRIVATE },
	{ "::ffff:0:0/96", HMS_SCOPE_GLOBAL },	{ "::1/128", HMS_SCOPE_LOOPBACK },	 { "::/128", HMS_SCOPE_UNSPECIFIED },
	{ "::/96", HMS_SCOPE_RESERVED },	{ "64:ff9b::/96", HMS_SCOPE_RESERVED },	 { "64:ff9b:1::/48", HMS_SCOPE_RESERVED },
	{ "2002::/16", HMS_SCOPE_RESERVED },	{ "2001::/32", HMS_SCOPE_RESERVED },	 { "fe80::/10", HMS_SCOPE_LINK_LOCAL },
	{ "fec0::/10", HMS_SCOPE_PRIVATE },	{ "fc00::/7", HMS_SCOPE_PRIVATE },	 { "ff00::/8", HMS_SCOPE_MULTICAST },
};

enum hms_scope hms_addr_scope(const struct hms_addr *addr)
{
	uint8_t address[16], network[16];
	unsigned bits;

	if (addr->ss.ss_family != AF_INET && addr->ss.ss_family != AF_INET6)
		return HMS_SCOPE_RESERVED;
	mapped(addr, address);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (network_parse(hms_str(kinds[i].network), network, &bits) == 0 && same_bits(address, network, bits))
			return kinds[i].scope;
	return HMS_SCOPE_GLOBAL;
}
