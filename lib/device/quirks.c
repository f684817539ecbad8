/* The registry of quirks in memory: what holds for a device. */
#include "quirks.h"

#include <ctype.h>
#include <stdlib.h>

static const struct hms_quirk_info infos[HMS_QUIRK_COUNT] = {
#define QUIRK(id, name_, type_, actor_, choices_, def_, min_, max_, help_) \
	[HMS_QUIRK_##id] = { .name = (name_),                              \
			     .actor = (actor_),                            \
			     .choices = (choices_),                        \
			     .help = (help_),                              \
			     .type = HMS_QUIRK_##type_,                    \
			     .def = (def_),                                \
			     .min = (min_),                                \
			     .max = (max_) },
#include "hms/device/quirks.def"
#undef QUIRK
};

const struct hms_quirk_info *hms_quirk_info(enum hms_quirk quirk) { return &infos[quirk]; }

/* ---- comparing ---- */

static bool is_digit(struct hms_str s) { return s.len > 0 && isdigit((unsigned char)s.p[0]); }

/* Cuts the digits off the front, without leading zeros. */
static struct hms_str cut_number(struct hms_str *s)
{
	struct hms_str number;
	size_t zeros = 0, len = 0;

	while (zeros < s->len && s->p[zeros] == '0')
		zeros++;
	while (zeros + len < s->len && isdigit((unsigned char)s->p[zeros + len]))
		len++;
	number = hms_strn(s->p + zeros, len);
	*s = hms_strn(s->p + zeros + len, s->len - zeros - len);
	return number;
}

static int number_cmp(struct hms_str a, struct hms_str b)
{
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return a.len ? memcmp(a.p, b.p, a.len) : 0;
}

int hms_version_cmp(struct hms_str a, struct hms_str b)
{
	while (a.len > 0 && b.len > 0) {
		int order;

		if (is_digit(a) && is_digit(b)) {
			struct hms_str x = cut_number(&a), y = cut_number(&b);

			order = number_cmp(x, y);
		} else {
			order = (unsigned char)*a.p - (unsigned char)*b.p;
			a = hms_strn(a.p + 1, a.len - 1);
			b = hms_strn(b.p + 1, b.len - 1);
		}
		if (order)
			return order;
	}
	return (a.len > 0) - (b.len > 0);
}

/* '*' any characters, '?' one. A device chooses text: only the last star is gone back to, so the cost is the product of both lengths at most. */
static bool matches(const char *pattern, struct hms_str text)
{
	const char *star = NULL;
	size_t at = 0, resume = 0;

	while (at < text.len) {
		if (*pattern == '*') {
			star = ++pattern;
			resume = at;
		} else if (*pattern && (*pattern == '?' || *pattern == text.p[at])) {
			pattern++;
			at++;
		} else if (star) {
			pattern = star;
			at = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

/* ---- finding ---- */

static bool version_fits(const struct quirk_rule *rule, struct hms_str version)
{
	if (!rule->version && !rule->from && !rule->before)
		return true;
	return version.p && (!rule->version || matches(rule->version, version)) &&
	       (!rule->from || hms_version_cmp(version, hms_str(rule->from)) >= 0) &&
	       (!rule->before || hms_version_cmp(version, hms_str(rule->before)) < 0);
}

static void overlay(const struct quirk_rule *rule, struct hms_str product_class, struct hms_str version, struct hms_quirks *out)
{
	for (; rule; rule = rule->next) {
		if ((rule->product_class && !matches(rule->product_class, product_class)) || !version_fits(rule, version))
			continue;
		for (int q = 0; q < HMS_QUIRK_COUNT; q++)
			if (rule->quirks.given >> q & 1)
				out->value[q] = rule->quirks.value[q];
		out->given |= rule->quirks.given;
	}
}

/* Returns the length of the key, 0 when no rule can have it. */
static size_t oui_key(struct hms_str oui, char key[QUIRK_OUI_MAX])
{
	oui = hms_str_trim(oui);
	if (oui.len > QUIRK_OUI_MAX)
		return 0;
	for (size_t i = 0; i < oui.len; i++)
		key[i] = (char)toupper((unsigned char)oui.p[i]);
	return oui.len;
}

static const struct quirk_rule *rules_of(const struct hms_quirk_registry *registry, struct hms_str oui)
{
	char key[QUIRK_OUI_MAX];
	size_t len = oui_key(oui, key);

	return len ? hms_map_get(registry->by_oui, key, len) : NULL;
}

bool hms_quirks_any(const struct hms_quirk_registry *registry, struct hms_str oui)
{
	return registry && registry->count > 0 && (registry->every || rules_of(registry, oui));
}

void hms_quirks_find(const struct hms_quirk_registry *registry, struct hms_str oui, struct hms_str product_class,
		     struct hms_str software_version, struct hms_quirks *out)
{
	out->given = 0;
	for (int q = 0; q < HMS_QUIRK_COUNT; q++)
		out->value[q] = infos[q].def;
	if (!registry || registry->count == 0)
		return;
	overlay(registry->every, product_class, software_version, out);
	overlay(rules_of(registry, oui), product_class, software_version, out);
}

/* ---- the registry ---- */

static void append(struct quirk_rule *first, struct quirk_rule *rule)
{
	while (first->next)
		first = first->next;
	first->next = rule;
}

int quirk_registry_add(struct hms_quirk_registry *registry, struct hms_str oui, struct quirk_rule *rule)
{
	struct quirk_rule *first = hms_str_eqz(oui, "*") ? registry->every : (struct quirk_rule *)rules_of(registry, oui);
	char key[QUIRK_OUI_MAX];
	size_t len = oui_key(oui, key);

	rule->other = registry->rules;
	registry->rules = rule;
	registry->count++;
	if (!len)
		return HMS_ETOOBIG;
	if (first)
		append(first, rule);
	else if (hms_str_eqz(oui, "*"))
		registry->every = rule;
	else
		return hms_map_put(registry->by_oui, key, len, rule);
	return 0;
}

static void rule_free(struct quirk_rule *rule)
{
	free(rule->product_class);
	free(rule->version);
	free(rule->from);
	free(rule->before);
	free(rule);
}

void hms_quirks_free(struct hms_quirk_registry **registry)
{
	struct quirk_rule *rule, *other;

	if (!*registry)
		return;
	for (rule = (*registry)->rules; rule; rule = other) {
		other = rule->other;
		rule_free(rule);
	}
	hms_map_free(&(*registry)->by_oui);
	free(*registry);
	*registry = NULL;
}

size_t hms_quirks_count(const struct hms_quirk_registry *registry) { return registry->count; }
