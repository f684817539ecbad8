/* The file: lines are parsed by inih; sections, positions and errors are ours. */
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hms/base/err.h"
#include "internal.h"

static const char utf8_bom[] = "\xef\xbb\xbf";

/* The state of one reading. */
struct reading {
	struct hms_conf *conf;
	FILE *stream;
	unsigned line;
	struct conf_instance *current; /* the section that the last header opened */
	int rc;			       /* what stopped the reading; its text is in err */
	struct hms_err *err;
};

static const struct hms_conf_section *find_section(const struct hms_conf *conf, struct hms_str name)
{
	for (size_t i = 0; conf->sections[i]; i++)
		if (hms_str_eqz(name, conf->sections[i]->name))
			return conf->sections[i];
	return NULL;
}

static const struct hms_conf_key *find_key(const struct hms_conf_section *section, const char *name)
{
	for (size_t i = 0; i < section->key_count; i++)
		if (strcmp(section->keys[i].name, name) == 0)
			return &section->keys[i];
	return NULL;
}

static int unknown_section(const struct reading *r, struct hms_str name)
{
	struct hms_buf known = HMS_BUF_INIT(300);

	for (size_t i = 0; r->conf->sections[i]; i++)
		hms_buf_printf(&known, "%s%s", i > 0 ? ", " : "", r->conf->sections[i]->name);
	hms_err_set(r->err, HMS_ESYNTAX, "unknown section [%.*s]; sections: %s", (int)(name.len < 64 ? name.len : 64), name.p,
		    known.failed ? "see --help" : hms_buf_z(&known));
	hms_buf_fini(&known);
	return HMS_ESYNTAX;
}

static int unknown_key(const struct reading *r, const char *name)
{
	const struct hms_conf_section *section = r->current->section;
	struct hms_buf known = HMS_BUF_INIT(300);

	for (size_t i = 0; i < section->key_count; i++)
		hms_buf_printf(&known, "%s%s", i > 0 ? ", " : "", section->keys[i].name);
	hms_err_set(r->err, HMS_ESYNTAX, "%s.%.64s: unknown key; keys of this section: %s", section->name, name,
		    known.failed ? "see --help" : hms_buf_z(&known));
	hms_buf_fini(&known);
	return HMS_ESYNTAX;
}

static bool is_instance_name(struct hms_str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!((name.p[i] >= 'a' && name.p[i] <= 'z') || (name.p[i] >= 'A' && name.p[i] <= 'Z') ||
		      (name.p[i] >= '0' && name.p[i] <= '9')))
			return false;
	return name.len > 0;
}

/* "[name]" or "[name instance]". */
static int open_header(struct reading *r, struct hms_str line)
{
	const char *end = memchr(line.p, ']', line.len);
	struct hms_str rest, name;
	const struct hms_conf_section *section;

	if (!end)
		return hms_err_set(r->err, HMS_ESYNTAX, "the section has no closing ]");
	rest = hms_str_trim(hms_strn(line.p + 1, (size_t)(end - line.p - 1)));
	name = hms_str_split(&rest, ' ');
	rest = hms_str_trim(rest);
	section = find_section(r->conf, name);
	if (!section)
		return unknown_section(r, name);
	if (section->multi && !is_instance_name(rest))
		return hms_err_set(r->err, HMS_ESYNTAX, "write [%s NAME] with a name of letters and digits", section->name);
	if (!section->multi && rest.len > 0)
		return hms_err_set(r->err, HMS_ESYNTAX, "there is only one [%s]; leave out \"%.*s\"", section->name,
				   (int)(rest.len < 64 ? rest.len : 64), rest.p);
	return conf_open(r->conf, section, rest, &r->current, r->err);
}

/* inih's handler: nonzero means go on. */
static int on_value(void *arg, const char *section_name, const char *name, const char *value)
{
	struct reading *r = arg;
	const struct hms_conf_key *key;
	unsigned *line;

	(void)section_name; /* inih cuts it; open_header() has read it in full */
	if (!r->current) {
		r->rc = hms_err_set(r->err, HMS_ESYNTAX, "%.64s stands before the first [section]", name);
		return 0;
	}
	key = find_key(r->current->section, name);
	if (!key) {
		r->rc = unknown_key(r, name);
		return 0;
	}
	line = &r->current->lines[key - r->current->section->keys];
	if (*line > 0) {
		r->rc = hms_err_set(r->err, HMS_ESYNTAX, "%s.%s is set a second time; first in line %u", r->current->section->name,
				    key->name, *line);
		return 0;
	}
	*line = r->line;
	r->rc = conf_value_set(r->conf->arena, key, r->current->data, hms_str(value), r->err);
	if (r->rc < 0)
		hms_err_prefix(r->err, "%s.%s", r->current->section->name, key->name);
	return r->rc == 0;
}

/* Says what makes a line unfit for inih. It lies in a field of `size` bytes that held no NUL before. */
static int check_line(struct reading *r, const char *line, size_t size)
{
	size_t len = strlen(line);

	if (memrchr(line, '\0', size) != line + len)
		return hms_err_set(r->err, HMS_ESYNTAX, "the line holds a NUL byte");
	if (len + 1 == size && line[len - 1] != '\n')
		return hms_err_set(r->err, HMS_ESYNTAX, "the line is longer than %zu bytes", size - 2);
	return 0;
}

/* inih's reader: one whole line without leading white space, or NULL at the end or at an error. */
static char *next_line(char *out, int size, void *arg)
{
	struct reading *r = arg;
	size_t skip;

	memset(out, '\n', (size_t)size);
	if (!fgets(out, size, r->stream))
		return NULL;
	r->line++;
	r->rc = check_line(r, out, (size_t)size);
	if (r->rc < 0)
		return NULL;
	skip = r->line == 1 && strncmp(out, utf8_bom, sizeof(utf8_bom) - 1) == 0 ? sizeof(utf8_bom) - 1 : 0;
	skip += strspn(out + skip, " \t");
	memmove(out, out + skip, strlen(out + skip) + 1);
	if (out[0] == '[')
		r->rc = open_header(r, hms_str(out));
	return r->rc < 0 ? NULL : out;
}

/* Settings of Debian's inih are variables. They are set to the same each time, so that a reload need not care. */
static void set_up_inih(void)
{
	ini_use_stack = false;
	ini_max_line = CONF_VALUE_BYTES;
	ini_initial_alloc = CONF_VALUE_BYTES;
	ini_allow_multiline = false; /* else an indented line would continue the value before it */
	ini_stop_on_first_error = true;
}

int conf_read_file(struct hms_conf *conf, const char *path, struct hms_err *err)
{
	struct reading r = { .conf = conf, .err = err };
	int rc;

	r.stream = fopen(path, "re");
	if (!r.stream)
		return hms_err_set(err, HMS_ENOENT, "%s: %s", path, strerror(errno));
	set_up_inih();
	rc = ini_parse_stream(next_line, &r, on_value, &r);
	if (r.rc == 0 && ferror(r.stream))
		r.rc = hms_err_set(err, HMS_EIO, "%s", strerror(errno));
	else if (r.rc == 0 && rc > 0)
		r.rc = hms_err_set(err, HMS_ESYNTAX, "neither [section] nor key = value");
	else if (r.rc == 0 && rc < 0)
		r.rc = hms_err_set(err, HMS_ENOMEM, "out of memory");
	fclose(r.stream);
	if (r.rc < 0)
		hms_err_prefix(err, "%s:%u", path, r.line);
	return r.rc;
}
