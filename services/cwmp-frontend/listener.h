/** Ports for devices: [listener <name>]. */
#ifndef FE_LISTENER_H
#define FE_LISTENER_H

#include "fe.h"
#include "hms/device/auth.h"

struct fe_listener {
	struct fe *fe;
	const char *name;
	const struct fe_listener_conf *conf; /* of the configuration at the start */
	struct hms_http_server *server;
	struct hms_tls_server *tls;	 /* NULL: plain */
	struct hms_credential bootstrap; /* user name empty: there is none */
	unsigned group_rules;		 /* bit n: some group of the tenant has the value n of `auth` in place of ours */
};

/** The two halves of a value of `auth`, a listener's or a group's: HTTP credentials, and a client certificate. */
static inline enum hms_auth_policy fe_auth_http(unsigned auth) { return (enum hms_auth_policy)(auth & 3); }
static inline bool fe_auth_wants_certificate(unsigned auth) { return auth & 4; }

/** Opens all. Returns 0 or an error with text; fe_listeners_close() frees what there is. */
int fe_listeners_open(struct fe *fe, struct hms_err *err);
/** Stops accepting; done runs when the last request has ended. */
void fe_listeners_drain(struct fe *fe, void (*done)(struct fe *fe));
/** New certificates, limits and timeouts. */
void fe_listeners_reload(struct fe *fe);
void fe_listeners_close(struct fe *fe);

#endif
