/* Metrics: the text that a scraper reads, label values and their limit, the documentation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "hms/base/err.h"
#include "hms/metrics/metrics.h"

struct sample {
#include "hms/metrics/fields.inc"
#include "sample.def"
#include "hms/metrics/end.inc"
};
static const struct hms_metric_def defs[] = {
#define METRIC_OWNER struct sample
#include "hms/metrics/rows.inc"
#include "sample.def"
#include "hms/metrics/end.inc"
};
enum { DEF_COUNT = sizeof(defs) / sizeof(defs[0]), VEC = 3 };

static const char *render(struct hms_metrics *m)
{
	static struct hms_buf out;

	hms_buf_fini(&out);
	hms_buf_init(&out, 100000);
	hms_metrics_render(m, &out);
	assert_int_equal(out.failed, 0);
	return hms_buf_z(&out);
}

static struct hms_metrics *registry_of(struct sample *s)
{
	struct hms_metrics *m = hms_metrics_new();

	assert_non_null(m);
	assert_int_equal(hms_metrics_add(m, defs, DEF_COUNT, s), 0);
	return m;
}

static void plain_samples_have_help_and_type(void **state)
{
	struct sample s = { 0 };
	struct hms_metrics *m = registry_of(&s);
	const char *text;

	(void)state;
	hms_counter_inc(&s.calls);
	hms_counter_add(&s.calls, 41);
	hms_gauge_set(&s.depth, 3);
	hms_gauge_add(&s.depth, -10);
	s.cpu.us = 1500000;
	text = render(m);
	assert_non_null(
		strstr(text, "# HELP t_calls_total Calls, \\\\ and \\n escaped.\n# TYPE t_calls_total counter\nt_calls_total 42\n"));
	assert_non_null(strstr(text, "# TYPE t_depth gauge\nt_depth -7\n"));
	assert_non_null(strstr(text, "# TYPE t_cpu_seconds_total counter\nt_cpu_seconds_total 1.500000\n"));
	hms_metrics_free(&m);
	assert_null(m);
}

static void histogram_buckets_are_cumulative_and_in_seconds(void **state)
{
	struct sample s = { 0 };
	struct hms_metrics *m = registry_of(&s);
	const char *text;

	(void)state;
	hms_histogram_observe_us(&s.time, 0);
	hms_histogram_observe_us(&s.time, 500);
	hms_histogram_observe_us(&s.time, 501);
	hms_histogram_observe_us(&s.time, 60000000);
	hms_histogram_observe_us(&s.time, 60000001);
	text = render(m);
	assert_non_null(strstr(text, "# TYPE t_seconds histogram\nt_seconds_bucket{le=\"0.0005\"} 2\nt_seconds_bucket{le=\"0.001\"} 3\n"));
	assert_non_null(strstr(text, "t_seconds_bucket{le=\"30\"} 3\nt_seconds_bucket{le=\"60\"} 4\nt_seconds_bucket{le=\"+Inf\"} 5\n"
				     "t_seconds_sum 120.001002\nt_seconds_count 5\n"));
	hms_metrics_free(&m);
}

static void label_values_are_escaped(void **state)
{
	struct sample s = { 0 };
	struct hms_metrics *m = registry_of(&s);

	(void)state;
	hms_counter_inc(hms_vec_at(&s.codes, &defs[VEC], "a\"b\\c\nd\xff"));
	assert_non_null(strstr(render(m), "t_codes_total{code=\"a\\\"b\\\\c\\nd?\"} 1\n"));
	hms_metrics_free(&m);
}

static void values_over_the_limit_count_as_other(void **state)
{
	struct sample s = { 0 };
	struct hms_metrics *m = registry_of(&s);
	struct hms_counter *first = hms_vec_at(&s.codes, &defs[VEC], "v0");
	char value[16];

	(void)state;
	assert_null(strstr(render(m), "other"));
	for (int i = 0; i < 10; i++) {
		snprintf(value, sizeof(value), "v%d", i);
		hms_counter_inc(hms_vec_at(&s.codes, &defs[VEC], value));
	}
	assert_ptr_equal(hms_vec_at(&s.codes, &defs[VEC], "v0"), first);
	hms_counter_inc(hms_vec_at(&s.codes, &defs[VEC], "other"));
	assert_non_null(strstr(render(m), "t_codes_total{code=\"v0\"} 1\nt_codes_total{code=\"v1\"} 1\nt_codes_total{code=\"v2\"} 1\n"
					  "t_codes_total{code=\"other\"} 8\n#"));
	hms_metrics_free(&m);
}

static void a_vector_is_found_in_its_struct(void **state)
{
	struct sample s = { 0 };

	(void)state;
	assert_ptr_equal(hms_vec_find(&s.codes, defs, DEF_COUNT, &s, "200"), hms_vec_at(&s.codes, &defs[VEC], "200"));
	assert_ptr_equal(hms_vec_find(&s.info, defs, DEF_COUNT, &s, "x"), hms_vec_at(&s.info, &defs[VEC + 1], "x"));
	assert_int_equal(s.info.count, 1);
}

static void overlong_label_values_are_cut(void **state)
{
	struct sample s = { 0 };
	char value[1000];

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	assert_ptr_equal(hms_vec_at(&s.codes, &defs[VEC], value), hms_vec_at(&s.codes, &defs[VEC], value));
	assert_int_equal(s.codes.count, 1);
}

static void constant_labels_are_on_every_sample(void **state)
{
	struct sample s = { 0 };
	struct hms_metrics *m = registry_of(&s);
	const char *text;

	(void)state;
	assert_int_equal(hms_metrics_const_label(m, "worker", "1"), 0);
	assert_int_equal(hms_metrics_const_label(m, "zone", "a\"b"), 0);
	hms_gauge_at(&s.info, &defs[VEC + 1], "x", -1);
	hms_counter_inc(hms_vec_at(&s.codes, &defs[VEC], "200"));
	text = render(m);
	assert_non_null(strstr(text, "\nt_calls_total{worker=\"1\",zone=\"a\\\"b\"} 0\n"));
	assert_non_null(strstr(text, "\nt_seconds_bucket{worker=\"1\",zone=\"a\\\"b\",le=\"0.0005\"} 0\n"));
	assert_non_null(strstr(text, "\nt_codes_total{worker=\"1\",zone=\"a\\\"b\",code=\"200\"} 1\n"));
	assert_non_null(strstr(text, "# TYPE t_info gauge\nt_info{worker=\"1\",zone=\"a\\\"b\",version=\"x\"} -1\n"));
	hms_metrics_free(&m);
}

static void set_depth(void *arg) { hms_gauge_set(&((struct sample *)arg)->depth, 99); }

static void gauges_are_refreshed_before_rendering(void **state)
{
	struct sample s = { 0 };
	struct hms_metrics *m = registry_of(&s);

	(void)state;
	assert_int_equal(hms_metrics_on_render(m, set_depth, &s), 0);
	assert_non_null(strstr(render(m), "\nt_depth 99\n"));
	hms_metrics_free(&m);
}

static void a_name_is_registered_once(void **state)
{
	static const struct hms_metric_def twice[] = { { "t_x", HMS_METRIC_COUNTER }, { "t_x", HMS_METRIC_GAUGE } };
	struct sample s = { 0 }, other = { 0 };
	struct hms_metrics *m = registry_of(&s);

	(void)state;
	assert_int_equal(hms_metrics_add(m, &defs[1], 1, &other), HMS_EEXISTS);
	assert_int_equal(hms_metrics_add(m, twice, 2, &other), HMS_EEXISTS);
	hms_metrics_free(&m);
}

static void the_documentation_is_one_row_a_metric(void **state)
{
	struct hms_buf out = HMS_BUF_INIT(10000);

	(void)state;
	hms_metrics_doc(&defs[VEC], 1, &out);
	assert_string_equal(hms_buf_z(&out), "| `t_codes_total` | counter | `code` (at most 3 values) | Codes a\\|b. |\n");
	hms_buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_samples_have_help_and_type),
		cmocka_unit_test(histogram_buckets_are_cumulative_and_in_seconds),
		cmocka_unit_test(label_values_are_escaped),
		cmocka_unit_test(values_over_the_limit_count_as_other),
		cmocka_unit_test(a_vector_is_found_in_its_struct),
		cmocka_unit_test(overlong_label_values_are_cut),
		cmocka_unit_test(constant_labels_are_on_every_sample),
		cmocka_unit_test(gauges_are_refreshed_before_rendering),
		cmocka_unit_test(a_name_is_registered_once),
		cmocka_unit_test(the_documentation_is_one_row_a_metric),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
