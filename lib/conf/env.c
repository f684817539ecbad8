/* The environment: HMS_<SECTION>_<KEY> and HMS_<SECTION>_<INSTANCE>_<KEY>. */
#include <ctype.h>
#include <stdlib.h>
#include <unistd.h>

#include "hms/base/err.h"
#include "hms/log/log.h"
#include "internal.h"

static const struct hms_str common_prefix = HMS_STR("HMS_");

static void add_upper(struct hms_buf *out, const char *name)
{
	for (; *name; name++)
		hms_buf_char(out, *name == '-' || *name == '.' ? '_' : (char)toupper((unsigned char)*name));
}

void conf_env_name(struct hms_buf *out, const char *section, const char *instance, const char *key)
{
	hms_buf_str(out, common_prefix);
	add_upper(out, section);
	hms_buf_char(out, '_');
	if (instance) {
		add_upper(out, instance);
		hms_buf_char(out, '_');
	}
	add_upper(out, key);
}

/* Cuts `word` in the upper case of the environment, and '_', off the start of *name. */
static bool skip_word(struct hms_str *name, const char *word)
{
	struct hms_buf upper = HMS_BUF_INIT(256);
	bool starts;

	add_upper(&upper, word);
	hms_buf_char(&upper, '_');
	starts = !upper.failed && hms_str_starts(*name, hms_buf_view(&upper));
	if (starts)
		*name = hms_strn(name->p + upper.len, name->len - upper.len);
	hms_buf_fini(&upper);
	return starts;
}

static const struct hms_conf_key *find_key(const struct hms_conf_section *section, struct hms_str name)
{
	for (size_t i = 0; i < section->key_count; i++) {
		struct hms_buf upper = HMS_BUF_INIT(256);
		bool same;

		add_upper(&upper, section->keys[i].name);
		same = hms_str_eq(hms_buf_view(&upper), name);
		hms_buf_fini(&upper);
		if (same)
			return &section->keys[i];
	}
	return NULL;
}

/* The name of an instance that the environment alone mentions is in lower case. */
static struct hms_str lower_copy(struct hms_str name, char *out, size_t size)
{
	size_t len = name.len < size ? name.len : size;

	for (size_t i = 0; i < len; i++)
		out[i] = (char)tolower((unsigned char)name.p[i]);
	return hms_strn(out, len);
}

enum match { NOT_OURS, UNKNOWN_KEY, APPLIED, FAILED };

/* name: what follows HMS_. */
static enum match apply_to_section(struct hms_conf *conf, const struct hms_conf_section *section, struct hms_str name, struct hms_str value,
				   struct hms_err *err)
{
	struct hms_str instance_name = HMS_STR("");
	const struct hms_conf_key *key;
	struct conf_instance *instance;
	char lower[CONF_NAME_BYTES];

	if (!skip_word(&name, section->name))
		return NOT_OURS;
	if (section->multi)
		instance_name = hms_str_split(&name, '_');
	key = find_key(section, name);
	if (!key || (section->multi && instance_name.len == 0))
		return UNKNOWN_KEY;
	if (conf_open(conf, section, lower_copy(instance_name, lower, sizeof(lower)), &instance, err) < 0)
		return FAILED;
	return conf_value_set(conf->arena, key, instance->data, value, err) < 0 ? FAILED : APPLIED;
}

/* Many programs share the environment: a name that fits no section is another's, and an unknown key of a section of ours may be, too. The
 * latter is told, since it may be a typing error as well. */
static int apply(struct hms_conf *conf, const char *variable, struct hms_err *err)
{
	struct hms_str value = hms_str(variable), name = hms_str_split(&value, '=');
	struct hms_str rest = hms_strn(name.p + common_prefix.len, name.len - common_prefix.len);
	enum match best = NOT_OURS;

	for (size_t i = 0; conf->sections[i] && best < APPLIED; i++) {
		enum match match = apply_to_section(conf, conf->sections[i], rest, value, err);

		if (match > best)
			best = match;
	}
	if (best == UNKNOWN_KEY)
		log_warn("environment variable names no setting of this program, ignored", KV_S("variable", name));
	if (best != FAILED)
		return 0;
	hms_err_prefix(err, "environment variable %.*s", (int)(name.len < 128 ? name.len : 128), name.p);
	return err ? err->code : HMS_ESYNTAX;
}

static int compare(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* In the order of the names, so that instances do not depend on the order in which a shell exports. */
int conf_read_env(struct hms_conf *conf, struct hms_err *err)
{
	const char **ours;
	size_t n = 0, count = 0;
	int rc = 0;

	while (environ && environ[n])
		n++;
	ours = calloc(n + 1, sizeof(*ours));
	if (!ours)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		if (hms_str_starts(hms_str(environ[i]), common_prefix) && strchr(environ[i], '='))
			ours[count++] = environ[i];
	qsort(ours, count, sizeof(*ours), compare);
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = apply(conf, ours[i], err);
	free(ours);
	return rc;
}
