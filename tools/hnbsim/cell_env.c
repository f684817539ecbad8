/* What differs from cell to cell: identity, position, addresses; the values of placeholders in model files. */
#include <stdio.h>

#include "callee.h"
#include "cell.h"
#include "hms/base/buf.h"
#include "hms/base/clock.h"
#include "hms/device/identity.h"

#define SPREAD_MICRODEGREES 4000 /* cells stand within some 200 m of their site */

const char *cell_serial(const struct cell *cell, char out[CELL_SERIAL_SIZE])
{
	snprintf(out, CELL_SERIAL_SIZE, "%.64s%08u", cell->sim->opt->serial_prefix, cell->number);
	return out;
}

const char *cell_name(const struct cell *cell, char out[32])
{
	snprintf(out, 32, "%s-%04u", cell->kind->label, cell->number);
	return out;
}

const char *cell_local_dn(const struct cell *cell, char out[CELL_DN_SIZE])
{
	const char *class = strcmp(cell->kind->label, "henb") == 0 ? "HeNB" : "HNB";
	char serial[CELL_SERIAL_SIZE];

	snprintf(out, CELL_DN_SIZE, "%s=%s-%s", class, cell->sim->opt->oui, cell_serial(cell, serial));
	return out;
}

const char *cell_dn(const struct cell *cell, char out[CELL_DN_SIZE])
{
	char scratch[TREE_SCRATCH], local[CELL_DN_SIZE];
	struct hms_str prefix = cell_role_text(cell, ROLE_DN_PREFIX, scratch);

	cell_local_dn(cell, local);
	if (prefix.len == 0)
		memcpy(out, local, sizeof(local));
	else
		snprintf(out, CELL_DN_SIZE, "%.*s,%.150s", HMS_STR_FMT(prefix), local);
	return out;
}

const char *cell_product_class(const struct cell *cell) { return cell->tree.model->product_class; }

static struct hms_str number_text(char *out, int64_t number)
{
	return hms_strn(out, (size_t)snprintf(out, TREE_SCRATCH, "%lld", (long long)number));
}

static struct hms_str time_text(char *out, int64_t wall_us)
{
	hms_time_iso(wall_us / 1000000 * 1000000, out, TREE_SCRATCH);
	return hms_str(out);
}

/* A position near the site that depends on the cell's number alone. */
static int64_t near(const struct cell *cell, int64_t centre, uint32_t salt)
{
	uint32_t spread = (cell->number + salt) * 2654435761u;

	return centre + (int64_t)(spread % SPREAD_MICRODEGREES) - SPREAD_MICRODEGREES / 2;
}

static struct hms_str address_text(char *out, const struct cell *cell, const char *before, const char *behind)
{
	uint32_t n = cell->number; /* 100.64.0.0/10, RFC 6598 */

	return hms_strn(
		out, (size_t)snprintf(out, TREE_SCRATCH, "%s100.%u.%u.%u%s", before, 64 + (n >> 16) % 64, (n >> 8) & 255, n & 255, behind));
}

static struct hms_str username_text(char *out, const struct cell *cell)
{
	const struct options *opt = cell->sim->opt;
	char serial[CELL_SERIAL_SIZE];
	int n;

	if (opt->username)
		return hms_str(opt->username);
	n = hms_device_username(hms_str(opt->oui), hms_str(cell_product_class(cell)), hms_str(cell_serial(cell, serial)), out,
				TREE_SCRATCH);
	return hms_strn(out, n > 0 ? (size_t)n : 0);
}

char *cell_own_text(const struct cell *cell, const char *pattern)
{
	static const char mark[] = "{serial}";
	char serial[CELL_SERIAL_SIZE], *out;
	struct hms_buf text = HMS_BUF_INIT(4096);
	const char *at;

	while ((at = strstr(pattern, mark))) {
		hms_buf_add(&text, pattern, (size_t)(at - pattern));
		hms_buf_strz(&text, cell_serial(cell, serial));
		pattern = at + sizeof(mark) - 1;
	}
	hms_buf_strz(&text, pattern);
	out = text.failed ? NULL : hms_str_dup(hms_buf_view(&text));
	hms_buf_fini(&text);
	return out;
}

static int64_t count_rows(const struct cell *cell, const char *path)
{
	uint16_t table = path ? tree_find_table(&cell->tree, hms_str(path)) : MODEL_NO_PARAM;

	return table != MODEL_NO_PARAM ? tree_count_rows(&cell->tree, table) : 0;
}

static struct hms_str placeholder(enum model_placeholder id, void *arg, char out[TREE_SCRATCH])
{
	const struct cell *cell = arg;

	switch (id) {
	case PLACEHOLDER_MANUFACTURER:
		return hms_str(cell->tree.model->manufacturer);
	case PLACEHOLDER_OUI:
		return hms_str(cell->sim->opt->oui);
	case PLACEHOLDER_PRODUCT_CLASS:
		return hms_str(cell_product_class(cell));
	case PLACEHOLDER_SERIAL:
		return hms_str(cell_serial(cell, out));
	case PLACEHOLDER_ACS_URL:
		return hms_str(cell->home->url);
	case PLACEHOLDER_USERNAME:
		return username_text(out, cell);
	case PLACEHOLDER_PASSWORD:
		return hms_str(cell->password);
	case PLACEHOLDER_CONNECTION_REQUEST_URL:
		return cell->sim->callee ? callee_url(cell->sim->callee, cell, out) : address_text(out, cell, "http://", ":7547/cr");
	case PLACEHOLDER_ADDRESS:
		return address_text(out, cell, "", "");
	case PLACEHOLDER_LATITUDE:
		return number_text(out, near(cell, cell->site->latitude, 0));
	case PLACEHOLDER_LONGITUDE:
		return number_text(out, near(cell, cell->site->longitude, 1));
	case PLACEHOLDER_BOOT_TIME:
		return time_text(out, cell->booted_us);
	case PLACEHOLDER_UPTIME:
		return number_text(out, (hms_wall_us() - cell->booted_us) / 1000000);
	case PLACEHOLDER_PM_CONFIGS:
		return number_text(out, count_rows(cell, cell->tree.model->pm));
	case PLACEHOLDER_NOW:
		return time_text(out, hms_wall_us());
	default:
		return hms_str(cell->site->text[id] ? cell->site->text[id] : "");
	}
}

struct tree_env cell_env(const struct cell *cell) { return (struct tree_env){ placeholder, (void *)(uintptr_t)cell }; }

struct hms_str cell_role_text(const struct cell *cell, enum model_role role, char scratch[TREE_SCRATCH])
{
	struct tree_env env = cell_env(cell);

	if (!model_has(cell->tree.model, role))
		return HMS_STR("");
	return tree_value(&cell->tree, tree_role(&cell->tree, role), &env, scratch);
}
