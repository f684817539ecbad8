/* libcurl's multi interface on the loop. */
#include "reach_curl.h"

#include <stdlib.h>
#include <unistd.h>

#include "hms/base/err.h"

struct watch {
	struct fe_curl *c;
	struct hms_io *io;
	curl_socket_t fd;
};

struct fe_curl {
	struct hms_loop *loop;
	CURLM *multi;
	struct hms_timer timer;
	fe_curl_done *done;
	struct hms_gauge *sockets;
	struct watch **watches; /* by descriptor; NULL: not watched yet */
	size_t room;
};

static void tell_done(struct fe_curl *c)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(c->multi, &left))) {
		CURL *easy = msg->easy_handle;
		CURLcode code = msg->data.result;
		void *arg = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &arg);
		curl_multi_remove_handle(c->multi, easy);
		c->done(easy, code, arg);
	}
}

static void act(struct fe_curl *c, curl_socket_t fd, int events)
{
	int running;

	curl_multi_socket_action(c->multi, fd, events, &running);
	tell_done(c);
}

/* ---- descriptors ---- */
static void on_io(struct hms_io *io, int events, void *arg)
{
	struct watch *w = arg;

	(void)io;
	act(w->c, w->fd, (events & HMS_IO_READ ? CURL_CSELECT_IN : 0) | (events & HMS_IO_WRITE ? CURL_CSELECT_OUT : 0));
}

static struct watch **place(struct fe_curl *c, curl_socket_t fd)
{
	size_t room = c->room ? c->room : 256;
	struct watch **more;

	while (room <= (size_t)fd)
		room *= 2;
	if (room == c->room)
		return &c->watches[fd];
	more = realloc(c->watches, room * sizeof(*more));
	if (!more)
		return NULL;
	memset(more + c->room, 0, (room - c->room) * sizeof(*more));
	c->watches = more;
	c->room = room;
	return &more[fd];
}

static struct watch *watch(struct fe_curl *c, curl_socket_t fd)
{
	struct watch **at = place(c, fd);

	if (!at || *at)
		return at ? *at : NULL;
	*at = malloc(sizeof(**at));
	if (!*at)
		return NULL;
	**at = (struct watch){ .c = c, .fd = fd };
	(*at)->io = hms_io_new(c->loop, fd, on_io, *at);
	if (!(*at)->io) {
		free(*at);
		*at = NULL;
	}
	return *at;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	struct fe_curl *c = arg;
	struct watch *w;

	(void)easy;
	(void)unused;
	if (what == CURL_POLL_REMOVE) { /* it goes when the socket does */
		if ((size_t)fd < c->room && c->watches[fd])
			hms_io_set(c->watches[fd]->io, 0);
		return 0;
	}
	w = watch(c, fd);
	return w && hms_io_set(w->io, (what & CURL_POLL_IN ? HMS_IO_READ : 0) | (what & CURL_POLL_OUT ? HMS_IO_WRITE : 0)) == 0 ? 0 : -1;
}

static void on_closed(void *arg)
{
	struct watch *w = arg;

	close(w->fd);
	free(w);
}

/* The loop may still look at it: it is closed when the loop says so. */
static int on_close(void *arg, curl_socket_t fd)
{
	struct fe_curl *c = arg;
	struct watch *w = (size_t)fd < c->room ? c->watches[fd] : NULL;

	hms_gauge_add(c->sockets, -1);
	if (!w)
		return close(fd);
	c->watches[fd] = NULL;
	hms_io_close(w->io, on_closed, w);
	return 0;
}

/* ---- time ---- */
static void on_timer(struct hms_timer *timer, void *arg)
{
	(void)timer;
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timeout(CURLM *multi, long timeout_ms, void *arg)
{
	struct fe_curl *c = arg;

	(void)multi;
	if (timeout_ms < 0)
		hms_timer_stop(&c->timer);
	else
		hms_timer_start(&c->timer, (uint64_t)timeout_ms);
	return 0;
}

/* ---- life ---- */
struct fe_curl *fe_curl_new(struct hms_loop *loop, fe_curl_done *done, struct hms_gauge *sockets)
{
	struct fe_curl *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->loop = loop;
	c->done = done;
	c->sockets = sockets;
	hms_timer_init(&c->timer, loop, on_timer, c);
	c->multi = curl_multi_init();
	if (!c->multi) {
		free(c);
		return NULL;
	}
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
	return c;
}

void fe_curl_free(struct fe_curl **curl)
{
	struct fe_curl *c = *curl;

	*curl = NULL;
	if (!c)
		return;
	curl_multi_cleanup(c->multi);
	hms_timer_stop(&c->timer);
	free(c->watches);
	free(c);
}

CURL *fe_curl_easy(struct fe_curl *c)
{
	CURL *easy = curl_easy_init();

	if (!easy)
		return NULL;
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, c);
	return easy;
}

int fe_curl_begin(struct fe_curl *c, CURL *easy) { return curl_multi_add_handle(c->multi, easy) == CURLM_OK ? 0 : HMS_ENOMEM; }

void fe_curl_stop(struct fe_curl *c, CURL *easy) { curl_multi_remove_handle(c->multi, easy); }
