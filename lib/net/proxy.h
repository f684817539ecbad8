/* The PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt): who a balancer says that the client is. Pure. */
#ifndef NET_PROXY_H
#define NET_PROXY_H

#include "hms/net/net.h"

enum { PROXY_MAX_BYTES = 16 + 1024 }; /* of version 2, its extensions included; version 1 has 107 at most */

/** Reads a header from the first bytes of a connection. Returns its length (> 0; *peer is set, unless the balancer speaks for itself or of an
 *  address family that is not known), 0 (more bytes are needed; *need says how many there must be) or HMS_EPROTO. */
int proxy_read(const char *data, size_t len, struct hms_addr *peer, size_t *need);

/** Connections whose header is awaited. */
struct proxy_gate;
typedef void proxy_passed(int fd, const struct hms_addr *peer, void *arg);
/** passed gets each connection behind its header, and owns the descriptor. NULL with the reason in err. */
struct proxy_gate *proxy_gate_new(struct hms_loop *loop, const char *trusted, proxy_passed *passed, void *arg, struct hms_err *err);
/** Whether this peer is a balancer. */
bool proxy_gate_wants(const struct proxy_gate *gate, const struct hms_addr *peer);
/** Waits for the header; closes the descriptor when it is wrong, or does not come in time. */
void proxy_gate_enter(struct proxy_gate *gate, int fd, const struct hms_addr *peer);
/** Closes what waits; frees when all of it has closed. */
void proxy_gate_close(struct proxy_gate **gate);

#endif
