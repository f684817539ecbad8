/* URLs of the HMS, resolved once. */
#include "target.h"

#include <stdlib.h>

#include "hms/base/map.h"

#define GROUPS_MAX 10000
#define MEMBERS_MAX 64
#define URL_MAX 1024

struct targets {
	struct hms_map *by_url;
};

struct targets *targets_new(void)
{
	struct targets *targets = calloc(1, sizeof(*targets));

	if (targets && !(targets->by_url = hms_map_new(GROUPS_MAX))) {
		free(targets);
		return NULL;
	}
	return targets;
}

void target_fini(struct target *target)
{
	free(target->url);
	free(target->host);
	free(target->path);
	free(target->name);
	*target = (struct target){ 0 };
}

static void free_group(struct target_group *group)
{
	for (size_t i = 0; i < group->count; i++)
		target_fini(&group->members[i]);
	free(group->members);
	free(group->url);
	free(group);
}

static void free_each(struct hms_str key, void *value, void *arg)
{
	(void)key, (void)arg;
	free_group(value);
}

void targets_free(struct targets **targets)
{
	if (!*targets)
		return;
	hms_map_each((*targets)->by_url, free_each, NULL);
	hms_map_free(&(*targets)->by_url);
	free(*targets);
	*targets = NULL;
}

/* "example:80", "[::1]:80", "example": host without brackets, and the port, if it is given. */
static int split_host(struct hms_str host_port, char host[URL_MAX], unsigned *port)
{
	struct hms_str rest = host_port, name;
	uint64_t number = *port;

	if (rest.len > 0 && rest.p[0] == '[') {
		rest = hms_strn(rest.p + 1, rest.len - 1);
		name = hms_str_split(&rest, ']');
		if (!rest.p || (rest.len > 0 && rest.p[0] != ':'))
			return HMS_ESYNTAX;
		rest = rest.len > 0 ? hms_strn(rest.p + 1, rest.len - 1) : (struct hms_str){ NULL, 0 };
	} else {
		name = hms_str_split(&rest, ':');
	}
	if (name.len == 0 || (rest.p && (hms_str_u64(rest, &number) != 0 || number == 0 || number > 65535)))
		return HMS_ESYNTAX;
	memcpy(host, name.p, name.len);
	host[name.len] = '\0';
	*port = (unsigned)number;
	return 0;
}

static const struct {
	struct hms_str prefix;
	unsigned port;
	bool tls;
} schemes[] = { { HMS_STR("http://"), 80, false }, { HMS_STR("https://"), 443, true } };
#define SCHEME_COUNT (sizeof(schemes) / sizeof(schemes[0]))

static int parse_target(struct hms_str url, struct target *out, struct hms_err *err)
{
	struct hms_str rest, host_port;
	char host[URL_MAX];
	unsigned port;
	size_t i = 0;

	while (i < SCHEME_COUNT && !hms_str_starts(url, schemes[i].prefix))
		i++;
	if (i == SCHEME_COUNT || url.len >= URL_MAX)
		return hms_err_set(err, HMS_ESYNTAX, "'%.*s' is not a URL http://host:port/path or https://...", HMS_STR_FMT(url));
	port = schemes[i].port;
	rest = hms_strn(url.p + schemes[i].prefix.len, url.len - schemes[i].prefix.len);
	host_port = hms_str_split(&rest, '/');
	if (split_host(host_port, host, &port) != 0)
		return hms_err_set(err, HMS_ESYNTAX, "'%.*s': bad host or port", HMS_STR_FMT(url));
	out->tls = schemes[i].tls;
	out->name = hms_str_dup(hms_str(host));
	out->url = hms_str_dup(url);
	out->host = hms_str_dup(host_port);
	out->path = rest.p ? hms_str_dup(hms_strn(rest.p - 1, rest.len + 1)) : hms_str_dup(HMS_STR("/"));
	if (!out->url || !out->host || !out->path || !out->name)
		return HMS_ENOMEM;
	return hms_addr_resolve(host, port, &out->addr, err);
}

int target_open(struct hms_str url, struct target *out, struct hms_err *err)
{
	int rc;

	*out = (struct target){ 0 };
	rc = parse_target(url, out, err);
	if (rc != 0)
		target_fini(out);
	return rc;
}

static int add_group(struct targets *targets, struct hms_str url, struct hms_str members, struct target_group **out, struct hms_err *err)
{
	struct target_group *group = calloc(1, sizeof(*group));
	int rc = 0;

	if (!group || !(group->url = hms_str_dup(url)) || !(group->members = calloc(MEMBERS_MAX, sizeof(*group->members))))
		rc = HMS_ENOMEM;
	while (rc == 0 && members.p && group->count < MEMBERS_MAX)
		rc = parse_target(hms_str_trim(hms_str_split(&members, ',')), &group->members[group->count++], err);
	if (rc == 0 && members.p)
		rc = hms_err_set(err, HMS_EFULL, "more than %d URLs", MEMBERS_MAX);
	if (rc == 0)
		rc = hms_map_put(targets->by_url, url.p, url.len, group);
	if (rc != 0 && group)
		free_group(group);
	else
		*out = group;
	return rc;
}

int targets_add(struct targets *targets, const char *url, const char *members, struct hms_err *err)
{
	struct target_group *group;

	if (hms_map_get(targets->by_url, url, strlen(url)))
		return hms_err_set(err, HMS_EEXISTS, "'%s' is given twice", url);
	return add_group(targets, hms_str(url), hms_str(members ? members : url), &group, err);
}

struct target_group *targets_get(struct targets *targets, struct hms_str url, struct hms_err *err)
{
	struct target_group *group = hms_map_get(targets->by_url, url.p, url.len);

	if (!group && add_group(targets, url, url, &group, err) != 0)
		return NULL;
	return group;
}
