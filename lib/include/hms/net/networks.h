/** Networks, and what kind of address an address is. Pure. */
#ifndef HMS_NET_NETWORKS_H
#define HMS_NET_NETWORKS_H

#include "hms/net/net.h"

/** e.g. "10.0.0.0/8, 2001:db8::/32, 192.0.2.1". */
enum { HMS_NETWORKS_MAX = 32 };
struct hms_networks {
	struct {
		uint8_t address[16]; /* IPv4 as mapped into IPv6 */
		unsigned bits;
	} at[HMS_NETWORKS_MAX];
	size_t count;
};
/** Returns 0 or HMS_ESYNTAX. */
int hms_networks_parse(struct hms_str text, struct hms_networks *out);
bool hms_networks_have(const struct hms_networks *networks, const struct hms_addr *addr);

enum hms_scope {
	HMS_SCOPE_GLOBAL,
	HMS_SCOPE_PRIVATE, /* RFC 1918, RFC 6598 (carriers' NATs), RFC 4193 */
	/* Special: of this host or link, or of no single host at all. */
	HMS_SCOPE_UNSPECIFIED,
	HMS_SCOPE_LOOPBACK,
	HMS_SCOPE_LINK_LOCAL,
	HMS_SCOPE_MULTICAST,
	HMS_SCOPE_RESERVED, /* broadcast, 240.0.0.0/4, IPv6 addresses that stand for IPv4 ones by translation */
};
/** An IPv4 address that is mapped into IPv6 is that address. */
enum hms_scope hms_addr_scope(const struct hms_addr *addr);
static inline bool hms_scope_is_special(enum hms_scope scope) { return scope > HMS_SCOPE_PRIVATE; }

/** "192.0.2.1", "2001:db8::1" or "[2001:db8::1]", without a port, into an address with that port. Returns 0 or HMS_ESYNTAX. */
int hms_addr_of_host(struct hms_str host, uint16_t port, struct hms_addr *out);
/** The network that an address is most likely in: of an IPv4 address 24 bits, else 48. Returns the length in bytes. */
size_t hms_addr_network(const struct hms_addr *addr, uint8_t out[16]);
/** Whether both are the same host; ports do not matter. */
bool hms_addr_same_host(const struct hms_addr *a, const struct hms_addr *b);

#endif
