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
};

/** The two halves of `auth`: HTTP credentials, and a client certificate. */
static inline enum hms_auth_policy fe_listener_http_policy(const struct fe_listener *l)
{
	return (enum hms_auth_policy)(l->conf->auth & 3);
}
static inline bool fe_listener_wants_certificate(const struct fe_listener *l) { return l->conf->auth & 4; }

/** Opens all. Returns 0 or an error with text; fe_listeners_close() frees what there is. */
int fe_listeners_open(struct fe *fe, struct hms_err *err);
/** Stops accepting; done runs when the last request has ended. */
void fe_listeners_drain(struct fe *fe, void (*done)(struct fe *fe));
/** New certificates, limits and timeouts. */
void fe_listeners_reload(struct fe *fe);
void fe_listeners_close(struct fe *fe);

#endif
