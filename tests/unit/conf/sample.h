/* Sections of the tests, and files with given content. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hms/conf/conf.h"

struct box {
#include "hms/conf/fields.inc"
#include "box.def"
#include "hms/conf/end.inc"
};
static const struct hms_conf_key box_keys[] = {
#define CONF_OWNER struct box
#include "hms/conf/rows.inc"
#include "box.def"
#include "hms/conf/end.inc"
};
static const struct hms_conf_section box_section = HMS_CONF_SECTION("box-one", box_keys, struct box, "A box.");

struct port {
#include "hms/conf/fields.inc"
#include "port.def"
#include "hms/conf/end.inc"
};
static const struct hms_conf_key port_keys[] = {
#define CONF_OWNER struct port
#include "hms/conf/rows.inc"
#include "port.def"
#include "hms/conf/end.inc"
};
static const struct hms_conf_section port_section = HMS_CONF_SECTION_MULTI("port", port_keys, struct port, "A port.");

static const struct hms_conf_section *const sections[] = { &box_section, &port_section, NULL };

/* Writes the bytes to a file, loads it and removes it. The path in an error's text is replaced by "FILE". */
static inline int load_bytes(const char *content, size_t len, struct hms_conf **conf, struct hms_err *err)
{
	char path[] = "/tmp/hms-conf-XXXXXX", *at;
	int fd = mkstemp(path), rc;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, len), len);
	close(fd);
	err->text[0] = '\0';
	rc = hms_conf_load(path, sections, conf, err);
	unlink(path);
	at = strstr(err->text, path);
	if (at) {
		memcpy(at, "FILE", 4);
		memmove(at + 4, at + strlen(path), strlen(at + strlen(path)) + 1);
	}
	return rc;
}

static inline int load_text(const char *content, struct hms_conf **conf, struct hms_err *err)
{
	return load_bytes(content, strlen(content), conf, err);
}

/* A configuration that must load. */
static inline struct hms_conf *load_good(const char *content)
{
	struct hms_conf *conf;
	struct hms_err err;

	if (load_text(content, &conf, &err) != 0)
		fail_msg("%s", err.text);
	return conf;
}

#endif
