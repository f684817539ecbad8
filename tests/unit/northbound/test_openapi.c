/* proto/openapi.yaml and the table of routes say the same: paths, methods, parameters, roles, statuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "hms/cwmp/cwmp.h"
#include "route.h"

static char *text;

static int load(void **state)
{
	FILE *f = fopen(HMS_SOURCE_DIR "/proto/openapi.yaml", "r");
	size_t n;

	(void)state;
	text = calloc(1, 1024 * 1024);
	if (!f || !text)
		return -1;
	n = fread(text, 1, 1024 * 1024 - 1, f);
	fclose(f);
	return n > 0 ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	free(text);
	return 0;
}

/* The text of one operation, terminated, or NULL. The caller frees it. */
static char *operation(const char *path, const char *method)
{
	char key[256], *at, *end, *op, *next;

	snprintf(key, sizeof(key), "\n  %s:\n", path);
	at = strstr(text, key);
	if (!at)
		return NULL;
	at += strlen(key);
	for (end = at; end[0] && !(end[0] == '\n' && end[1] != ' ') && !(strncmp(end, "\n  /", 4) == 0);)
		end++;
	at = strndup(at - 1, (size_t)(end - at + 1));
	snprintf(key, sizeof(key), "\n    %s:\n", method);
	op = strstr(at, key);
	if (!op) {
		free(at);
		return NULL;
	}
	op += strlen(key);
	for (next = op; next[0] && !(next[0] == '\n' && strncmp(next, "\n    ", 5) == 0 && next[5] != ' ');)
		next++;
	op = strndup(op, (size_t)(next - op));
	free(at);
	return op;
}

static char *operation_of(const struct nbi_route *route)
{
	char method[16];
	size_t i;

	for (i = 0; route->method[i]; i++)
		method[i] = (char)(route->method[i] | 0x20);
	method[i] = '\0';
	return operation(route->path, method);
}

static void every_route_is_described(void **state)
{
	(void)state;
	for (size_t i = 0; i < nbi_route_count; i++) {
		char *op = operation_of(&nbi_routes[i]);

		if (!op)
			fail_msg("%s %s is not in openapi.yaml", nbi_routes[i].method, nbi_routes[i].path);
		free(op);
	}
}

static void everything_described_is_a_route(void **state)
{
	const char *paths = strstr(text, "\npaths:\n"), *end = strstr(text, "\ncomponents:\n");
	char path[256] = "", method[16];
	size_t count = 0;

	(void)state;
	assert_non_null(paths);
	for (const char *line = strchr(paths + 1, '\n') + 1; line < end; line = strchr(line, '\n') + 1) {
		const struct nbi_route *route;
		char full[300];

		if (sscanf(line, "  /%254[^:\n]:", path + 1) == 1 && strncmp(line, "  /", 3) == 0)
			path[0] = '/';
		if (strncmp(line, "    ", 4) != 0 || sscanf(line, "    %15[a-z]:", method) != 1 || strcmp(method, "parameters") == 0)
			continue;
		for (char *c = method; *c; c++)
			*c = (char)(*c & ~0x20);
		snprintf(full, sizeof(full), NBI_PREFIX "%s", path);
		if (line[4] == ' ')
			continue;
		if (nbi_route_find(hms_str(method), hms_str(full), &route))
			fail_msg("%s %s is no route", method, path);
		assert_string_equal(route->path, path);
		count++;
	}
	assert_int_equal(count, nbi_route_count);
}

/* A parameter is there by its name, or by one of the shared references. */
static bool describes(const char *op, const char *name)
{
	char inline_name[96], reference[96];

	snprintf(inline_name, sizeof(inline_name), "{ name: %s,", name);
	snprintf(reference, sizeof(reference), "parameters/%s'", name);
	return strstr(op, inline_name) || strstr(op, reference);
}

static void parameters_roles_and_statuses_are_described(void **state)
{
	static const char *const roles[] = { "Role: viewer.", "Role: operator.", "Role: admin." };

	(void)state;
	for (size_t i = 0; i < nbi_route_count; i++) {
		const struct nbi_route *route = &nbi_routes[i];
		char *op = operation_of(route), status[32];

		assert_non_null(op);
		snprintf(status, sizeof(status), "'%u':", route->status);
		assert_non_null(strstr(op, status));
		assert_non_null(strstr(op, roles[route->role]));
		assert_int_equal(!!strstr(op, "requestBody:"), route->body || route->raw);
		for (const struct nbi_param *p = route->query; p && p->name; p++)
			if (!describes(op, p->name))
				fail_msg("%s %s: %s is not described", route->method, route->path, p->name);
		free(op);
	}
}

/* The text between two marks, terminated. The caller frees it. */
static char *between(const char *begin, const char *end)
{
	const char *at = strstr(text, begin), *until = at ? strstr(at + strlen(begin), end) : NULL;

	assert_non_null(until);
	return strndup(at, (size_t)(until - at));
}

/* Whether "[A, B, C]" holds a name. */
static bool lists(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = strstr(list, name); at; at = strstr(at + 1, name))
		if (strchr("[ ", at[-1]) && strchr(",]", at[n]))
			return true;
	return false;
}

static void methods_and_arguments_of_commands_are_described(void **state)
{
	static const char *const arguments[] = {
#define CWMP_ARGUMENT(method, name, needed, with, check, limits) name,
#include "hms/cwmp/arguments.def"
#undef CWMP_ARGUMENT
	};
	char *kinds = between("- { enum: [GetRPCMethods", "}"), *schemas = between("\n    NoArguments:\n", "\n    AcceptedCommand:\n");
	char key[96];

	(void)state;
	for (unsigned id = HMS_CWMP_NONE + 1; id < HMS_CWMP_METHOD_COUNT; id++)
		assert_true(id == HMS_CWMP_VENDOR || lists(kinds, hms_cwmp_method_info(id)->name));
	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
		snprintf(key, sizeof(key), "\n        %s:", arguments[i]);
		if (!strstr(schemas, key))
			fail_msg("%s is not described", arguments[i]);
	}
	free(kinds);
	free(schemas);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_is_described),
		cmocka_unit_test(everything_described_is_a_route),
		cmocka_unit_test(parameters_roles_and_statuses_are_described),
		cmocka_unit_test(methods_and_arguments_of_commands_are_described),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
