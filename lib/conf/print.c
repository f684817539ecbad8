/* The effective configuration as a file, and the description of all keys as plain text and as Markdown. */
#include "internal.h"

void hms_conf_print(const struct hms_conf *conf, struct hms_buf *out)
{
	char title[2 * CONF_NAME_BYTES];

	for (size_t i = 0; i < conf->count; i++) {
		const struct conf_instance *instance = conf->instances[i];

		hms_buf_printf(out, "%s[%s]\n", i > 0 ? "\n" : "", conf_title(instance, title, sizeof(title)));
		for (size_t k = 0; k < instance->section->key_count; k++) {
			const struct hms_conf_key *key = &instance->section->keys[k];
			struct hms_buf value = HMS_BUF_INIT(out->cap);

			conf_value_print(key, instance->data, &value);
			hms_buf_printf(out, "%s = ", key->name);
			if ((key->flags & HMS_CONF_SECRET) && value.len > 0)
				hms_buf_strz(out, "********");
			else
				hms_buf_str(out, hms_buf_view(&value));
			hms_buf_char(out, '\n');
			hms_buf_fini(&value);
		}
	}
}

/* Text inside a cell of a table. */
static void add_cell(struct hms_buf *out, struct hms_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '|')
			hms_buf_char(out, '\\');
		hms_buf_char(out, text.p[i] == '\n' ? ' ' : text.p[i]);
	}
}

/* In the form that --print-config shows, so 30s and not 30000. */
static void add_default(struct hms_buf *out, const struct hms_conf_key *key)
{
	int64_t number;

	if ((key->type == HMS_CONF_MS || key->type == HMS_CONF_SIZE) && conf_quantity_parse(key->type, hms_str(key->def), &number) == 0)
		conf_quantity_print(key->type, number, out);
	else
		hms_buf_strz(out, key->def);
}

/* The same as code inside a cell; nothing if it is empty. */
static void add_default_cell(struct hms_buf *out, const struct hms_conf_key *key)
{
	struct hms_buf text = HMS_BUF_INIT(1024);

	add_default(&text, key);
	if (text.len > 0) {
		hms_buf_char(out, '`');
		add_cell(out, hms_buf_view(&text));
		hms_buf_char(out, '`');
	} else if (key->flags & HMS_CONF_REQUIRED) {
		hms_buf_strz(out, "*required*");
	}
	hms_buf_fini(&text);
}

static void add_row(struct hms_buf *out, const struct hms_conf_section *section, const struct hms_conf_key *key)
{
	struct hms_buf expected = HMS_BUF_INIT(1024);

	hms_buf_printf(out, "| `%s` | `", key->name);
	conf_env_name(out, section->name, section->multi ? "<NAME>" : NULL, key->name);
	hms_buf_strz(out, "` | ");
	conf_value_expected(key, &expected);
	add_cell(out, hms_buf_view(&expected));
	hms_buf_strz(out, " | ");
	add_default_cell(out, key);
	hms_buf_printf(out, " | %s | ", key->flags & HMS_CONF_RELOAD ? "yes" : "no");
	add_cell(out, hms_str(key->doc));
	if (key->flags & HMS_CONF_SECRET)
		hms_buf_strz(out, " Secret: never shown.");
	hms_buf_strz(out, " |\n");
	hms_buf_fini(&expected);
}

void hms_conf_doc(const struct hms_conf_section *const *sections, struct hms_buf *out)
{
	for (; *sections; sections++) {
		const struct hms_conf_section *section = *sections;

		hms_buf_printf(out, "## [%s%s]\n\n%s\n\n", section->name, section->multi ? " *NAME*" : "", section->doc);
		hms_buf_strz(out, "| Key | Environment | Value | Default | At SIGHUP | Meaning |\n");
		hms_buf_strz(out, "|---|---|---|---|---|---|\n");
		for (size_t k = 0; k < section->key_count; k++)
			add_row(out, section, &section->keys[k]);
		hms_buf_char(out, '\n');
	}
}

/* Words in lines of at most WIDTH characters, each indented. */
static void add_wrapped(struct hms_buf *out, const char *text)
{
	enum { INDENT = 6, WIDTH = 100 };
	struct hms_str rest = hms_str(text);
	size_t column = WIDTH;

	while (rest.p) {
		struct hms_str word = hms_str_split(&rest, ' ');

		if (column + 1 + word.len > WIDTH) {
			hms_buf_printf(out, "%s%*s", column == WIDTH ? "" : "\n", INDENT, "");
			column = INDENT;
		} else {
			hms_buf_char(out, ' ');
			column++;
		}
		hms_buf_str(out, word);
		column += word.len;
	}
	hms_buf_char(out, '\n');
}

static void add_help(struct hms_buf *out, const struct hms_conf_key *key)
{
	hms_buf_printf(out, "  %s =%s", key->name, *key->def ? " " : "");
	add_default(out, key);
	hms_buf_strz(out, "  (");
	conf_value_expected(key, out);
	hms_buf_printf(out, "%s)\n", key->flags & HMS_CONF_REQUIRED ? ", required" : "");
	add_wrapped(out, key->doc);
}

void hms_conf_help(const struct hms_conf_section *const *sections, struct hms_buf *out)
{
	for (; *sections; sections++) {
		const struct hms_conf_section *section = *sections;

		hms_buf_printf(out, "\n[%s%s]  %s\n", section->name, section->multi ? " NAME" : "", section->doc);
		for (size_t k = 0; k < section->key_count; k++)
			add_help(out, &section->keys[k]);
	}
}
