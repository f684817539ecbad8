/* Connections of balancers, until the header of the PROXY protocol has come: it is only looked at until it is whole, so that what follows, TLS as
 * well, is untouched. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "hms/net/networks.h"
#include "proxy.h"

enum { HEADER_MS = 5000, WAITING_MAX = 16384 };

struct proxy_gate {
	struct hms_loop *loop;
	struct hms_networks trusted;
	proxy_passed *passed;
	void *arg;
	struct hms_list waiting; /* struct waiter */
	size_t count;
	bool closed;
};

struct waiter {
	struct hms_list node;
	struct proxy_gate *gate;
	struct hms_io *io;
	struct hms_timer timer;
	struct hms_addr peer;
	int fd;
	bool passes;
};

struct proxy_gate *proxy_gate_new(struct hms_loop *loop, const char *trusted, proxy_passed *passed, void *arg, struct hms_err *err)
{
	struct proxy_gate *gate = calloc(1, sizeof(*gate));

	if (!gate) {
		hms_err_set(err, HMS_ENOMEM, "out of memory");
		return NULL;
	}
	if (hms_networks_parse(hms_str(trusted), &gate->trusted)) {
		hms_err_set(err, HMS_ESYNTAX, "proxy_trusted: \"%s\" is no list of at most %d networks, e.g. 10.0.0.0/8, 192.0.2.1",
			    trusted, HMS_NETWORKS_MAX);
		free(gate);
		return NULL;
	}
	gate->loop = loop;
	gate->passed = passed;
	gate->arg = arg;
	hms_list_init(&gate->waiting);
	return gate;
}

bool proxy_gate_wants(const struct proxy_gate *gate, const struct hms_addr *peer) { return hms_networks_have(&gate->trusted, peer); }

static void gate_free_unused(struct proxy_gate *gate)
{
	if (gate->closed && gate->count == 0)
		free(gate);
}

/* The descriptor can be watched anew only now. */
static void on_io_closed(void *arg)
{
	struct waiter *w = arg;
	struct proxy_gate *gate = w->gate;

	gate->count--;
	if (w->passes && !gate->closed)
		gate->passed(w->fd, &w->peer, gate->arg);
	else
		close(w->fd);
	free(w);
	gate_free_unused(gate);
}

static void leave(struct waiter *w, bool passes)
{
	w->passes = passes;
	hms_timer_stop(&w->timer);
	hms_list_remove(&w->node);
	hms_io_close(w->io, on_io_closed, w);
}

static void on_timer(struct hms_timer *timer, void *arg)
{
	(void)timer;
	leave(arg, false);
}

/* SO_RCVLOWAT: what is only looked at would wake the loop again and again. */
static bool wait_for(struct waiter *w, size_t need)
{
	int low = (int)need;

	return need <= PROXY_MAX_BYTES && setsockopt(w->fd, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof(low)) == 0;
}

static void on_io(struct hms_io *io, int events, void *arg)
{
	struct waiter *w = arg;
	char data[PROXY_MAX_BYTES];
	ssize_t n = recv(w->fd, data, sizeof(data), MSG_PEEK);
	size_t need = 0;
	int len;

	(void)io;
	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	len = n > 0 ? proxy_read(data, (size_t)n, &w->peer, &need) : HMS_EPROTO;
	if (len == 0 && (size_t)n < need && wait_for(w, need))
		return;
	/* The peer has closed when fewer bytes than asked for are all there are. */
	leave(w, len > 0 && recv(w->fd, data, (size_t)len, 0) == len && wait_for(w, 1));
}

void proxy_gate_enter(struct proxy_gate *gate, int fd, const struct hms_addr *peer)
{
	struct waiter *w = gate->count < WAITING_MAX ? calloc(1, sizeof(*w)) : NULL;

	if (w)
		w->io = hms_io_new(gate->loop, fd, on_io, w);
	if (!w || !w->io) {
		free(w);
		close(fd);
		return;
	}
	w->gate = gate;
	w->fd = fd;
	w->peer = *peer;
	gate->count++;
	hms_list_push_back(&gate->waiting, &w->node);
	hms_timer_init(&w->timer, gate->loop, on_timer, w);
	hms_timer_start(&w->timer, HEADER_MS);
	if (hms_io_set(w->io, HMS_IO_READ))
		leave(w, false);
}

void proxy_gate_close(struct proxy_gate **gate)
{
	struct proxy_gate *g = *gate;
	struct hms_list *it, *next;

	*gate = NULL;
	if (!g)
		return;
	g->closed = true;
	hms_list_foreach(it, next, &g->waiting)
		leave(hms_container_of(it, struct waiter, node), false);
	gate_free_unused(g);
}
