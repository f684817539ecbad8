/* A FIFO through which tests and people tell cells what to do: "raise SERIAL", one a line. */
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cell.h"

#define LINE_MAX_BYTES 4096

struct control {
	struct sim *sim;
	int fd;
	struct hms_io *io;
	struct hms_buf line;
};

static void raise_alarm(struct cell *cell) { alarm_do(cell, FAULT_NEW, ALARM_ANY); }
static void change_alarm(struct cell *cell) { alarm_do(cell, FAULT_CHANGED, ALARM_ANY); }
static void clear_alarm(struct cell *cell) { alarm_do(cell, FAULT_CLEARED, ALARM_ANY); }

static void reboot(struct cell *cell)
{
	if (cell->session || cell->state != CELL_UP)
		return; /* no cell reboots in a session */
	cell_reboot(cell);
}

static void ask(struct cell *cell, uint32_t event)
{
	events_add(&cell->events, event);
	cell_schedule(cell);
}

static void kick(struct cell *cell) { ask(cell, HMS_EVENT_KICKED); }
static void request_download(struct cell *cell) { ask(cell, HMS_EVENT_REQUEST_DOWNLOAD); }

static const struct {
	const char *word;
	void (*act)(struct cell *cell);
} words[] = { { "raise", raise_alarm }, { "change", change_alarm }, { "clear", clear_alarm },
	      { "reboot", reboot },	{ "kick", kick },	    { "request-download", request_download } };

int control_line(struct sim *sim, struct hms_str line)
{
	struct hms_str rest = hms_str_trim(line), word = hms_str_split(&rest, ' ');
	bool all = hms_str_eqz(rest, "all"), found = false;
	void (*act)(struct cell * cell) = NULL;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (hms_str_eqz(word, words[i].word))
			act = words[i].act;
	for (size_t i = 0; act && i < sim->cell_count; i++) {
		char serial[CELL_SERIAL_SIZE];

		if (!all && !hms_str_eqz(rest, cell_serial(&sim->cells[i], serial)))
			continue;
		act(&sim->cells[i]);
		found = true;
	}
	return found ? 0 : HMS_ESYNTAX;
}

static void take_lines(struct control *control)
{
	struct hms_buf *buf = &control->line;
	char *end;

	while (buf->len > 0 && (end = memchr(buf->p, '\n', buf->len))) {
		size_t len = (size_t)(end - buf->p);

		if (control_line(control->sim, hms_strn(buf->p, len)) != 0)
			fprintf(stderr, "hnbsim: --control: not understood: %.*s\n", (int)len, buf->p);
		hms_buf_consume(buf, len + 1);
	}
}

static void on_readable(struct hms_io *io, int events, void *arg)
{
	struct control *control = arg;
	char data[1024];
	ssize_t n = read(control->fd, data, sizeof(data));

	(void)io, (void)events;
	if (n <= 0)
		return;
	hms_buf_add(&control->line, data, (size_t)n);
	take_lines(control);
	if (control->line.failed) /* a line without an end */
		hms_buf_reset(&control->line);
}

int control_open(struct sim *sim, const char *path, struct control **out, struct hms_err *err)
{
	struct control *control = calloc(1, sizeof(*control));
	struct stat st;

	*out = control;
	if (!control)
		return HMS_ENOMEM;
	control->sim = sim;
	hms_buf_init(&control->line, LINE_MAX_BYTES);
	control->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC); /* for writing, too: no end of file when a writer leaves */
	if (control->fd < 0 || fstat(control->fd, &st) != 0 || !S_ISFIFO(st.st_mode))
		return hms_err_set(err, HMS_EIO, "option --control: '%s' is not a FIFO that can be read", path);
	control->io = hms_io_new(sim->loop, control->fd, on_readable, control);
	return control->io ? hms_io_set(control->io, HMS_IO_READ) : HMS_ENOMEM;
}

static void free_control(struct control *control)
{
	if (control->fd >= 0)
		close(control->fd);
	hms_buf_fini(&control->line);
	free(control);
}

static void on_closed(void *arg) { free_control(arg); }

void control_close(struct control **control)
{
	struct control *c = *control;

	*control = NULL;
	if (!c)
		return;
	if (c->io)
		hms_io_close(c->io, on_closed, c);
	else
		free_control(c);
}
