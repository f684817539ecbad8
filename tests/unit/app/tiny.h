/* A tiny service, run in a child process, and what tests need to talk to it. */
#ifndef TINY_H
#define TINY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/types.h>

#include "hms/app/app.h"

extern const struct hms_service tiny_service;

/** A running service: its process, and what it writes to standard error and standard output. */
struct tiny {
	pid_t pid;
	FILE *err;
	int out_fd;
	char line[8192]; /* the last line read from err */
};

/** Runs the service with a configuration of these lines (NULL: none) and these further arguments, ended by NULL. */
void tiny_start(struct tiny *t, const char *config, ...) __attribute__((sentinel));
/** Replaces the configuration. */
void tiny_configure(const char *config);
/** Path of the configuration, and of the pid file that it may name. */
const char *tiny_config_path(void);
const char *tiny_pid_path(void);

/** Reads lines of standard error up to the first that contains the text; fails when the process ends before. */
const char *tiny_wait_line(struct tiny *t, const char *text);
/** The number behind " key=" in the last line. */
long tiny_number(const struct tiny *t, const char *key);
/** The port of the line "admin port open", which is awaited. */
int tiny_wait_port(struct tiny *t);
/** Reads the rest, waits for the end, returns the exit status or minus the signal. */
int tiny_wait_end(struct tiny *t);
/** All of standard output; once, before tiny_wait_end(). */
const char *tiny_stdout(struct tiny *t);

/** GET; the status, and the body in out. */
int tiny_get(int port, const char *path, char *out, size_t size);
/** cmocka fixtures: a folder for the files of a test. */
int tiny_setup(void **state);
int tiny_teardown(void **state);

#endif
