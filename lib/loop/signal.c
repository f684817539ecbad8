/* Signals and wake-ups from other threads. */
#include "loop_internal.h"

#include <stdlib.h>

struct hms_signal {
	uv_signal_t handle;
	void (*cb)(int signum, void *arg);
	void *arg;
};

struct hms_wake {
	uv_async_t handle;
	void (*cb)(void *arg);
	void *arg;
};

static void signal_free(uv_handle_t *handle) { free(handle->data); }

static void signal_on_signal(uv_signal_t *handle, int signum)
{
	struct hms_signal *signal = handle->data;

	signal->cb(signum, signal->arg);
}

struct hms_signal *hms_signal_new(struct hms_loop *loop, int signum, void (*cb)(int signum, void *arg), void *arg)
{
	struct hms_signal *signal = calloc(1, sizeof(*signal));

	if (!signal) {
		return NULL;
	}
	if (uv_signal_init(&loop->uv, &signal->handle)) {
		free(signal);
		return NULL;
	}
	signal->handle.data = signal;
	signal->cb = cb;
	signal->arg = arg;
	if (uv_signal_start(&signal->handle, signal_on_signal, signum)) {
		hms_signal_close(&signal);
	}
	return signal;
}

void hms_signal_close(struct hms_signal **signal)
{
	if (*signal) {
		uv_close((uv_handle_t *)&(*signal)->handle, signal_free);
		*signal = NULL;
	}
}

static void wake_on_async(uv_async_t *handle)
{
	struct hms_wake *wake = handle->data;

	wake->cb(wake->arg);
}

struct hms_wake *hms_wake_new(struct hms_loop *loop, void (*cb)(void *arg), void *arg)
{
	struct hms_wake *wake = calloc(1, sizeof(*wake));

	if (!wake) {
		return NULL;
	}
	if (uv_async_init(&loop->uv, &wake->handle, wake_on_async)) {
		free(wake);
		return NULL;
	}
	wake->handle.data = wake;
	wake->cb = cb;
	wake->arg = arg;
	return wake;
}

void hms_wake_signal(struct hms_wake *wake) { uv_async_send(&wake->handle); }

void hms_wake_close(struct hms_wake **wake)
{
	if (*wake) {
		uv_close((uv_handle_t *)&(*wake)->handle, signal_free);
		*wake = NULL;
	}
}
