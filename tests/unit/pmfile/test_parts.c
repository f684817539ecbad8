/* Times, durations and file names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "hms/pmfile/pmfile.h"

static void date_times_are_read_with_zone_offset_and_without(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
		bool zoned;
	} times[] = {
		{ "2024-05-01T12:00:00Z", 1714564800000, true },	{ "2024-05-01T14:00:00+02:00", 1714564800000, true },
		{ "2024-05-01T14:00:00+0200", 1714564800000, true },	{ "2024-05-01T12:00:00", 1714564800000, false },
		{ " 2024-05-01T12:00:00.250Z\n", 1714564800250, true }, { "2024-04-30T24:00:00Z", 1714521600000, true },
		{ "2024-02-29T00:00:00-11:30", 1709206200000, true },	{ "1971-01-01T00:00:00+14:00", 31485600000, true },
		{ "2000-03-01T00:00:00Z", 951868800000, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		int64_t us = -1;
		bool zoned = !times[i].zoned;

		assert_int_equal(hms_pm_time(hms_str(times[i].text), &us, &zoned), 0);
		assert_int_equal(us, times[i].ms * 1000);
		assert_int_equal(zoned, times[i].zoned);
	}
}

static void what_is_no_date_time_is_refused(void **state)
{
	static const char *const texts[] = { "",
					     "2024-05-01",
					     "2024-05-01 12:00:00",
					     "2024-13-01T00:00:00Z",
					     "2023-02-29T00:00:00Z",
					     "2024-05-01T25:00:00Z",
					     "2024-05-01T24:00:01Z",
					     "2024-05-01T12:60:00Z",
					     "2024-05-01T12:00:00.Z",
					     "2024-05-01T12:00:00Zx",
					     "2024-05-01T12:00:00+25:00",
					     "1970-12-31T23:59:59Z",
					     "9999-01-01T00:00:00Z",
					     "2024-05-01T12:00:00+",
					     "-2024-05-01T12:00:00Z" };
	int64_t us;
	bool zoned;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(hms_pm_time(hms_str(texts[i]), &us, &zoned), HMS_ESYNTAX);
}

static void durations_of_every_form_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = { { "PT900S", 900000 }, { "PT15M", 900000 },		 { "PT1H", 3600000 },
		     { "P1D", 86400000 },  { "P1DT1H1M1.5S", 90061500 }, { "PT0.25S", 250 } };
	static const char *const bad[] = { "",
					   "P",
					   "PT",
					   "PT0S",
					   "900",
					   "PT900",
					   "PT1M1H",
					   "-PT1S",
					   "PT1.5M",
					   "P1S",
					   "PT1D",
					   "PT99999999999S",
					   "P9Y",
					   "P666666622D",
					   "P999999999Y",
					   "PT900S "
					   "x" };
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(hms_pm_duration(hms_str(good[i].text), &us), 0);
		assert_int_equal(us, good[i].ms * 1000);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(hms_pm_duration(hms_str(bad[i]), &us), HMS_ESYNTAX);
}

static void file_names_of_ts_32432_are_taken_apart(void **state)
{
	static const struct {
		const char *name;
		char type;
		bool zoned;
		int minutes, offset_s; /* between begin and end */
		const char *job, *unique_id, *count;
	} names[] = {
		{ "A20000626.2315+0200-2330+0200_NodeBId", 'A', true, 15, 7200, "", "NodeBId", "" },
		{ "B20021224.1700-1130-1705-1130_-job10_EMId", 'B', true, 5, -41400, "job10", "EMId", "" },
		{ "D20050907.1030+0000-20050909.1500+0000_DomainId_-_2", 'D', true, 3150, 0, "", "DomainId", "2" },
		{ "A20181002.0000-1000-0015-1000_5G.xml.gz", 'A', true, 15, -36000, "", "5G", "" },
		{ "C20190328.0000-0015.xml", 'C', false, 15, 0, "", "", "" },
	};
	struct hms_pm_name n;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(hms_pm_name_parse(hms_str(names[i].name), &n), 0);
		assert_int_equal(n.type, names[i].type);
		assert_int_equal(n.begin_zoned, names[i].zoned);
		assert_int_equal(n.begin_offset_s, names[i].offset_s);
		assert_int_equal(n.end_us - n.begin_us, names[i].minutes * 60000000LL);
		assert_true(hms_str_eqz(n.job, names[i].job));
		assert_true(hms_str_eqz(n.unique_id, names[i].unique_id));
		assert_true(hms_str_eqz(n.running_count, names[i].count));
	}
}

static void other_file_names_are_refused(void **state)
{
	static const char *const names[] = { "",
					     "A",
					     "pm.xml",
					     "E20000626.2315-2330",
					     "A20000631.2315-2330",
					     "A20000626.2315",
					     "A20000626.2360-2330",
					     "A20000626.2315-2330x",
					     "PM2020" };
	struct hms_pm_name n;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(hms_pm_name_parse(hms_str(names[i]), &n), HMS_ESYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(date_times_are_read_with_zone_offset_and_without),
		cmocka_unit_test(what_is_no_date_time_is_refused),
		cmocka_unit_test(durations_of_every_form_are_read),
		cmocka_unit_test(file_names_of_ts_32432_are_taken_apart),
		cmocka_unit_test(other_file_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
