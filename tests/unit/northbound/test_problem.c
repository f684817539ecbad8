/* Problems as JSON, pages of metrics, and the memory of paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>

#include "hms/base/err.h"
#include "paths.h"
#include "problem.h"
#include "scrape.h"

static void a_problem_is_json_whatever_is_in_it(void **state)
{
	struct hms_buf out = HMS_BUF_INIT(4096);
	json_t *root;

	(void)state;
	nbi_problem_write(&out, NBI_PROBLEM_INVALID, "a \"quote\", a\nline and \xff", "x\\y", NULL);
	root = json_loadb(out.p, out.len, JSON_REJECT_DUPLICATES, NULL);
	assert_int_equal(json_integer_value(json_object_get(root, "status")), 422);
	assert_string_equal(json_string_value(json_object_get(root, "type")), "urn:hms:problem:invalid");
	assert_string_equal(json_string_value(json_object_get(root, "detail")), "a \"quote\", a\nline and \xef\xbf\xbd");
	assert_string_equal(json_string_value(json_object_get(root, "field")), "x\\y");
	json_decref(root);
	hms_buf_reset(&out);
	nbi_problem_write(&out, NBI_PROBLEM_UNAUTHORIZED, "", "", NULL);
	root = json_loadb(out.p, out.len, 0, NULL);
	assert_null(json_object_get(root, "field"));
	json_decref(root);
	hms_buf_fini(&out);
}

static void the_place_of_a_mistake_is_read_from_its_text(void **state)
{
	static const struct {
		const char *text, *member;
		unsigned line;
	} rows[] = {
		{ "line 12: parameters.lte.tac: not a text: x", "parameters.lte.tac", 12 },
		{ "line 3: '}' expected near ',': x", "", 3 },
		{ "line 1: the document is not a JSON object", "", 1 },
		{ "line 4: objects[2].key: not a list", "objects[2].key", 4 },
	};
	static const char *const none[] = { "",	       "line",	     "line x: y",    "line 1",
					    "line 1:", "line -1: y", "in line 1: y", "line 99999999999: y" };
	struct nbi_place place;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(nbi_place_read(rows[i].text, &place));
		assert_int_equal(place.line, rows[i].line);
		assert_true(hms_str_eqz(place.member, rows[i].member));
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(nbi_place_read(none[i], &place));
}

static void a_problem_names_the_place(void **state)
{
	const struct nbi_place place = { 12, HMS_STR("parameters.lte.tac") };
	struct hms_buf out = HMS_BUF_INIT(4096);
	json_t *root;

	(void)state;
	nbi_problem_write(&out, NBI_PROBLEM_INVALID, "line 12: parameters.lte.tac: not a text", NULL, &place);
	root = json_loadb(out.p, out.len, JSON_REJECT_DUPLICATES, NULL);
	assert_int_equal(json_integer_value(json_object_get(root, "line")), 12);
	assert_string_equal(json_string_value(json_object_get(root, "member")), "parameters.lte.tac");
	json_decref(root);
	hms_buf_fini(&out);
}

static void a_status_has_its_problem(void **state)
{
	(void)state;
	assert_int_equal(nbi_problem_of(404), NBI_PROBLEM_NOT_FOUND);
	assert_int_equal(nbi_problem_of(422), NBI_PROBLEM_INVALID);
	assert_int_equal(nbi_problem_of(418), NBI_PROBLEM_INTERNAL);
}

static void a_page_of_metrics_tells_version_start_and_lag(void **state)
{
	struct nbi_scrape s;

	(void)state;
	nbi_scrape_read(HMS_STR("# HELP x y\nprocess_start_time_seconds 1795272587\nhms_build_info{worker=\"1\",version=\"0.1.0\"} 1\n"
				"hms_prov_lag_milliseconds 12\nhms_stream_lag_milliseconds{topic=\"a\"} 70\nnonsense\n\n"),
			&s);
	assert_string_equal(s.version, "0.1.0");
	assert_int_equal(s.start_s, 1795272587);
	assert_int_equal(s.lag_ms, 70);
	nbi_scrape_read(HMS_STR("hms_build_info{version=\"unterminated"), &s);
	assert_int_equal(s.lag_ms, -1);
	assert_string_equal(s.version, "");
}

static void a_full_memory_of_paths_begins_anew(void **state)
{
	struct nbi_paths *paths = nbi_paths_new(2);

	(void)state;
	assert_int_equal(nbi_paths_put(paths, 1, HMS_STR("A")), 0);
	assert_int_equal(nbi_paths_put(paths, 2, HMS_STR("B.{i}")), 0);
	assert_true(hms_str_eqz(nbi_paths_get(paths, 2), "B.{i}"));
	assert_int_equal(nbi_paths_put(paths, 3, HMS_STR("C")), 0);
	assert_null(nbi_paths_get(paths, 1).p);
	assert_true(hms_str_eqz(nbi_paths_get(paths, 3), "C"));
	nbi_paths_free(&paths);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_problem_is_json_whatever_is_in_it),
		cmocka_unit_test(the_place_of_a_mistake_is_read_from_its_text),
		cmocka_unit_test(a_problem_names_the_place),
		cmocka_unit_test(a_status_has_its_problem),
		cmocka_unit_test(a_page_of_metrics_tells_version_start_and_lag),
		cmocka_unit_test(a_full_memory_of_paths_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
