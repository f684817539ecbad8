/* Requests: the pool, what a handler reads from one. Knows no version of HTTP. */
#include "http_internal.h"

#include <stdlib.h>

#ifdef __has_feature
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif

enum {
#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
	POOL_MAX = 0, /* so that a use after `ended` shows */
#else
	POOL_MAX = 256,
#endif
	HEAD_KEEP_BYTES = 8192, /* a request in the pool keeps no larger buffer than this */
};

static void req_destroy(struct hms_http_req *req)
{
	hms_arena_free(&req->arena);
	hms_buf_fini(&req->head);
	free(req);
}

static struct hms_http_req *req_create(const struct hms_http_server *server)
{
	struct hms_http_req *req = calloc(1, sizeof(*req));

	if (!req) {
		return NULL;
	}
	req->arena = hms_arena_new((size_t)server->conf.request_memory_bytes);
	if (!req->arena) {
		free(req);
		return NULL;
	}
	return req;
}

static struct hms_http_req *req_from_pool(struct hms_http_server *server)
{
	struct hms_http_req *req = hms_container_of(server->pool.next, struct hms_http_req, node);
	struct hms_arena *arena = req->arena;
	struct hms_buf head = req->head;

	hms_list_remove(&req->node);
	server->pool_count--;
	*req = (struct hms_http_req){ .arena = arena, .head = head };
	return req;
}

struct hms_http_req *http_req_new(struct http_conn *conn, const struct http_req_ops *ops)
{
	struct hms_http_server *server = conn->server;
	struct hms_http_req *req = server->pool_count ? req_from_pool(server) : req_create(server);

	if (!req) {
		return NULL;
	}
	hms_list_init(&req->node);
	req->head.cap = (size_t)(server->conf.header_max_bytes + server->conf.target_max_bytes) * 2;
	req->ops = ops;
	req->conn = conn;
	req->content_length = -1;
	req->body_max = (uint64_t)server->conf.body_max_bytes;
	return req;
}

void http_req_free(struct hms_http_req *req)
{
	struct hms_http_server *server = req->conn->server;

	if (server->pool_count + 1 > POOL_MAX || req->head.size > HEAD_KEEP_BYTES) {
		req_destroy(req);
		return;
	}
	hms_arena_reset(req->arena);
	hms_buf_reset(&req->head);
	hms_list_push_front(&server->pool, &req->node);
	server->pool_count++;
}

void http_req_end(struct hms_http_req *req, bool aborted)
{
	if (aborted) {
		hms_counter_inc(&http_metrics.aborted);
	}
	if (req->cb && req->cb->ended) {
		req->cb->ended(req, aborted, req->arg);
	}
	http_req_free(req);
}

void http_pool_free(struct hms_http_server *server)
{
	struct hms_list *it, *next;

	hms_list_foreach(it, next, &server->pool)
		req_destroy(hms_container_of(it, struct hms_http_req, node));
	hms_list_init(&server->pool);
}

struct hms_str hms_http_req_method(const struct hms_http_req *req) { return req->method; }

struct hms_str hms_http_req_path(const struct hms_http_req *req) { return req->path; }

struct hms_str hms_http_req_query(const struct hms_http_req *req) { return req->query; }

struct hms_str hms_http_req_header_at(const struct hms_http_req *req, const char *name, size_t i)
{
	return http_header_find(req->headers, req->header_count, name, i);
}

struct hms_str hms_http_req_header(const struct hms_http_req *req, const char *name) { return hms_http_req_header_at(req, name, 0); }

int64_t hms_http_req_content_length(const struct hms_http_req *req) { return req->content_length; }

struct hms_arena *hms_http_req_arena(struct hms_http_req *req) { return req->arena; }

uint64_t hms_http_req_conn_id(const struct hms_http_req *req) { return req->conn->id; }

void *hms_http_req_conn_data(const struct hms_http_req *req) { return req->conn->data; }

void hms_http_req_set_conn_data(struct hms_http_req *req, void *data, void (*free_fn)(void *data))
{
	struct http_conn *conn = req->conn;

	if (conn->data && conn->data != data && conn->free_data) {
		conn->free_data(conn->data);
	}
	conn->data = data;
	conn->free_data = free_fn;
}

const struct hms_addr *hms_http_req_peer(const struct hms_http_req *req) { return hms_conn_peer(req->conn->conn); }

const struct hms_conn *hms_http_req_conn(const struct hms_http_req *req) { return req->conn->conn; }

void hms_http_req_known(struct hms_http_req *req) { hms_conn_known(req->conn->conn); }

struct hms_loop *hms_http_req_loop(const struct hms_http_req *req) { return req->conn->server->loop; }

void hms_http_req_set(struct hms_http_req *req, const struct hms_http_req_cb *cb, void *arg)
{
	req->cb = cb;
	req->arg = arg;
}

void hms_http_req_body_max(struct hms_http_req *req, size_t bytes) { req->body_max = bytes; }

void hms_http_req_pause(struct hms_http_req *req, bool paused)
{
	if (req->paused != paused) {
		req->paused = paused;
		req->ops->paused(req);
	}
}
