/* The descriptor of a connection in the loop. libpq closes and replaces its own while it connects, so a duplicate is watched. */
#include "internal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static void watch_on_closed(void *arg)
{
	struct pg_watch *watch = arg;

	close(watch->fd);
	pg_unref(watch->pg);
	free(watch);
}

void pg_watch_close(struct hms_pg *pg)
{
	if (pg->watch) {
		hms_io_close(pg->watch->io, watch_on_closed, pg->watch);
		pg->watch = NULL;
	}
}

int pg_watch_open(struct hms_pg *pg, hms_io_cb *cb, int events)
{
	struct pg_watch *watch;

	pg_watch_close(pg);
	watch = calloc(1, sizeof(*watch));
	if (!watch) {
		return HMS_ENOMEM;
	}
	watch->fd = fcntl(PQsocket(pg->conn), F_DUPFD_CLOEXEC, 0);
	watch->io = watch->fd < 0 ? NULL : hms_io_new(pg->loop, watch->fd, cb, pg);
	if (!watch->io) {
		if (watch->fd >= 0) {
			close(watch->fd);
		}
		free(watch);
		return HMS_EIO;
	}
	watch->pg = pg;
	pg_ref(pg);
	pg->watch = watch;
	return hms_io_set(watch->io, events);
}
