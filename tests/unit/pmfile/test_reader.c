/* What a file becomes: bad parts with their reason, odd ones flagged, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <zlib.h>

#include "hms/base/buf.h"
#include "hms/pmfile/pmfile.h"

#define HEAD \
	"<measCollecFile><fileHeader><measCollec beginTime='2024-05-01T12:00:00Z'/></fileHeader><measData><managedElement localDn='a'/>"
#define FOOT "</measData><fileFooter><measCollec endTime='2024-05-01T12:15:00Z'/></fileFooter></measCollecFile>"
#define PERIOD "<granPeriod duration='PT900S' endTime='2024-05-01T12:15:00Z'/>"
#define INFO(what) "<measInfo measInfoId='g'>" PERIOD what "</measInfo>"
#define VALUE(what) "<measValue measObjLdn='o'>" what "</measValue>"

static const struct hms_pm_file *read_with(struct hms_pm_reader *reader, const void *data, size_t len)
{
	hms_pm_reader_begin(reader, 0);
	hms_pm_reader_feed(reader, data, len);
	return hms_pm_reader_end(reader);
}

static const struct hms_pm_file *read_text(void **state, const char *text) { return read_with(*state, text, strlen(text)); }

static size_t kept(const struct hms_pm_file *file)
{
	size_t n = 0;

	for (size_t i = 0; i < file->info_count; i++)
		for (size_t k = 0; k < file->infos[i].count; k++)
			n += file->facts[file->infos[i].first + k].kind != HMS_PM_DROPPED;
	return n;
}

static int setup(void **state)
{
	*state = hms_pm_reader_new(&hms_pm_default_limits);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct hms_pm_reader *reader = *state;

	hms_pm_reader_free(&reader);
	return 0;
}

/* PmFile: the sub-counter would be the counter's second value of one object and period (I2). */
static void a_sub_counter_named_like_a_counter_is_left_out(void **state)
{
	static const char format[] =
		"<PmFile><FileHeader><BeginTime>2024-05-01T12:00:00Z</BeginTime><EndTime>2024-05-01T12:15:00Z</EndTime></FileHeader>"
		"<Measurements><ObjectType>T</ObjectType><PmName><N i='1'>A</N></PmName><PmData><Pm Dn='o'><V i='1'>1</V>"
		"<CV><SN>%s</SN><SV>2</SV></CV></Pm></PmData></Measurements></PmFile>";
	const struct hms_pm_file *file;
	char text[1024];

	snprintf(text, sizeof(text), format, "B");
	assert_int_equal(kept(read_text(state, text)), 2);
	snprintf(text, sizeof(text), format, "A");
	file = read_text(state, text);
	assert_int_equal(kept(file), 0);
	assert_int_equal(file->found[HMS_PM_POSITION], 1);
}

/* A bad measInfo between two good ones. */
static void a_bad_measinfo_is_left_out_with_its_reason_and_the_others_are_kept(void **state)
{
	static const struct {
		const char *info;
		enum hms_pm_finding_kind kind;
	} bad[] = {
		{ INFO("<measTypes>A B</measTypes>" VALUE("<measResults>1</measResults>")), HMS_PM_COUNT },
		{ INFO("<measTypes>A</measTypes>" VALUE("<measResults>1 2</measResults>")), HMS_PM_COUNT },
		{ INFO(VALUE("<measResults>1</measResults>")), HMS_PM_COUNT },
		{ INFO("<measType p='1'>A</measType>" VALUE("<r p='2'>1</r>")), HMS_PM_POSITION },
		{ INFO("<measType p='1'>A</measType>" VALUE("<r p='1'>1</r><r p='1'>2</r>")), HMS_PM_POSITION },
		{ INFO("<measType p='1'>A</measType>" VALUE("<r>1</r>")), HMS_PM_POSITION },
		{ INFO("<measType p='0'>A</measType>"), HMS_PM_POSITION },
		{ INFO("<measType p='x'>A</measType>"), HMS_PM_POSITION },
		{ INFO("<measType p='99999999999999999999'>A</measType>"), HMS_PM_POSITION },
		{ INFO("<measType p='1'>A</measType><measType p='1'>B</measType>"), HMS_PM_POSITION },
		{ INFO("<measTypes>A</measTypes>" VALUE("<measResults>1</measResults><measResults>1</measResults>")), HMS_PM_POSITION },
		{ INFO("<measTypes>A A</measTypes>"), HMS_PM_COUNTER },
		{ INFO("<measType p='1'>A B</measType>"), HMS_PM_COUNTER },
		{ INFO("<measType p='1'/>"), HMS_PM_COUNTER },
		{ INFO("<measTypes>A</measTypes><measValue><measResults>1</measResults></measValue>"), HMS_PM_OBJECT },
		{ "<measInfo><measTypes>A</measTypes>" VALUE("<measResults>1</measResults>") "</measInfo>", HMS_PM_TIME },
		{ "<measInfo><granPeriod duration='PT900S' endTime='soon'/></measInfo>", HMS_PM_TIME },
		{ "<measInfo><granPeriod duration='900' endTime='2024-05-01T12:15:00Z'/></measInfo>", HMS_PM_TIME },
		{ "<measInfo><granPeriod duration='PT900S' endTime='2024-05-01T12:30:00Z'/></measInfo>", HMS_PM_OUTSIDE },
		{ "<measInfo><granPeriod duration='PT900S' endTime='2024-05-01T11:45:00Z'/></measInfo>", HMS_PM_OUTSIDE },
	};
	char text[4096];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct hms_pm_file *file;

		snprintf(text, sizeof(text), "%s%s%s%s%s", HEAD, INFO("<measTypes>X</measTypes>" VALUE("<measResults>1</measResults>")),
			 bad[i].info,
			 "<measInfo measInfoId='h'>" PERIOD
			 "<measTypes>Y Z</measTypes>" VALUE("<measResults>1 NIL</measResults>") "</measInfo>",
			 FOOT);
		file = read_text(state, text);
		assert_int_equal(file->code, 0);
		assert_int_equal(file->info_count, 3);
		assert_true(file->infos[1].rejected);
		assert_int_equal(file->found[bad[i].kind], 1);
		assert_int_equal(kept(file), 3);
	}
}

/* [Q12] */
static void the_value_forms_are_numbers_nil_and_text(void **state)
{
	const struct hms_pm_file *file =
		read_text(state, HEAD INFO("<measTypes>A B C D E F G</measTypes>" VALUE(
					 "<measResults>-12 1.5e3 NIL nil 1,2,3 0x10 123456789012345678</measResults>")) FOOT);
	static const enum hms_pm_kind kinds[] = { HMS_PM_NUMBER, HMS_PM_NUMBER, HMS_PM_NIL,   HMS_PM_NIL,
						  HMS_PM_TEXT,	 HMS_PM_TEXT,	HMS_PM_NUMBER };

	assert_int_equal(file->fact_count, 7);
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(file->facts[i].kind, kinds[i]);
	assert_true(file->facts[0].number == -12 && file->facts[1].number == 1500);
	assert_true(hms_str_eqz(file->names[file->facts[4].text], "1,2,3"));
}

static void mixed_forms_are_read_by_position_and_flagged(void **state)
{
	const struct hms_pm_file *file = read_text(state, HEAD INFO("<measTypes>A B</measTypes>" VALUE("<r p='2'>5</r>")) FOOT);

	assert_int_equal(kept(file), 1);
	assert_true(hms_str_eqz(file->names[file->facts[0].counter], "B"));
	assert_int_equal(file->found[HMS_PM_MIXED], 1);
}

static void a_value_that_is_there_twice_counts_once_the_later_one(void **state)
{
	const struct hms_pm_file *file =
		read_text(state, HEAD INFO("<measTypes>A B</measTypes>" VALUE("<measResults>1 2</measResults>"))
					 INFO("<measTypes>B</measTypes>" VALUE("<measResults>3</measResults>")) FOOT);

	assert_int_equal(kept(file), 2);
	assert_int_equal(file->facts[1].kind, HMS_PM_DROPPED);
	assert_true(file->facts[2].number == 3);
	assert_int_equal(file->found[HMS_PM_REPEATED], 1);
}

static void a_group_without_a_name_has_one_that_follows_from_its_counters(void **state)
{
	const char *text =
		HEAD "<measInfo>" PERIOD "<measTypes>A B</measTypes></measInfo><measInfo>" PERIOD "<measTypes>A B</measTypes></measInfo>"
		     "<measInfo>" PERIOD "<measTypes>A C</measTypes></measInfo>" FOOT;
	const struct hms_pm_file *file = read_text(state, text);

	assert_int_equal(file->infos[0].group, file->infos[1].group);
	assert_int_not_equal(file->infos[0].group, file->infos[2].group);
	assert_int_equal(file->names[file->infos[0].group].p[0], '~');
}

static void entities_in_names_are_resolved(void **state)
{
	const struct hms_pm_file *file =
		read_text(state, HEAD "<measInfo measInfoId='a&amp;b'>" PERIOD
				      "<measTypes>A</measTypes><measValue measObjLdn='c&#38;d'><measResults>1</measResults>"
				      "</measValue></measInfo>" FOOT);

	assert_true(hms_str_eqz(file->names[file->infos[0].group], "a&b"));
	assert_true(hms_str_eqz(file->names[file->facts[0].object], "c&d"));
}

/* [Q12] */
static void what_was_complete_before_the_end_of_a_cut_file_is_kept(void **state)
{
	const struct hms_pm_file *file =
		read_text(state, HEAD INFO("<measTypes>A</measTypes>" VALUE(
					 "<measResults>1</measResults>")) "<measInfo measInfoId='h'>" PERIOD
									  "<measTypes>A</measTypes>" VALUE("<measResults>1</measResults>"));

	assert_int_equal(file->code, HMS_ESYNTAX);
	assert_string_equal(file->reason, "cut");
	assert_int_equal(kept(file), 1);
	assert_int_equal(file->fact_count, 1);
}

static void a_doctype_and_deep_or_endless_elements_end_a_file(void **state)
{
	struct hms_buf text = HMS_BUF_INIT(1 << 20);

	assert_string_equal(read_text(state, "<!DOCTYPE a [<!ENTITY b 'c'>]><measCollecFile/>")->reason, "malformed");
	hms_buf_strz(&text, HEAD);
	for (int i = 0; i < 100; i++)
		hms_buf_strz(&text, "<x>");
	assert_string_equal(read_text(state, hms_buf_z(&text))->reason, "too_big");
	hms_buf_reset(&text);
	hms_buf_strz(&text, HEAD "<x ");
	for (int i = 0; i < 60000; i++)
		hms_buf_printf(&text, "a%d='' ", i);
	assert_string_equal(read_text(state, hms_buf_z(&text))->reason, "too_big");
	hms_buf_fini(&text);
}

static size_t pack(const void *in, size_t len, unsigned char *out, size_t size)
{
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (unsigned char *)in;
	z.avail_in = (unsigned)len;
	z.next_out = out;
	z.avail_out = (unsigned)size;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return size - z.avail_out;
}

static void a_gzip_bomb_ends_early_and_a_cut_gzip_is_told(void **state)
{
	enum { LEN = 64 << 20 };
	char *text = malloc(LEN);
	unsigned char *packed = malloc(1 << 20);
	size_t n;

	assert_true(text && packed);
	memset(text, ' ', LEN);
	memcpy(text, HEAD, sizeof(HEAD) - 1);
	n = pack(text, LEN, packed, 1 << 20);
	assert_string_equal(read_with(*state, packed, n)->reason, "too_big");
	n = pack(HEAD FOOT, sizeof(HEAD FOOT) - 1, packed, 1 << 20);
	assert_int_equal(read_with(*state, packed, n)->code, 0);
	assert_string_equal(read_with(*state, packed, n - 8)->reason, "cut");
	free(text);
	free(packed);
}

static void times_without_a_zone_are_the_devices_and_flagged(void **state)
{
	static const char text[] =
		"<measCollecFile><fileHeader><measCollec beginTime='2024-05-01T14:00:00'/></fileHeader><measData><measInfo>"
		"<granPeriod duration='PT15M' endTime='2024-05-01T14:15:00'/></measInfo></measData></measCollecFile>";
	struct hms_pm_reader *reader = *state;
	const struct hms_pm_file *file;

	hms_pm_reader_begin(reader, 7200);
	hms_pm_reader_feed(reader, text, sizeof(text) - 1);
	file = hms_pm_reader_end(reader);
	assert_int_equal(file->begin_us, 1714564800000000);
	assert_int_equal(file->found[HMS_PM_LOCAL_TIME], 1);
	assert_int_equal(file->found[HMS_PM_NO_FOOTER], 1);
}

static void limits_of_values_end_a_file(void **state)
{
	struct hms_pm_limits limits = hms_pm_default_limits;
	struct hms_pm_reader *reader;
	const char *text = HEAD INFO("<measTypes>A B C</measTypes>" VALUE("<measResults>1 2 3</measResults>")) FOOT;

	(void)state;
	limits.facts = 2;
	reader = hms_pm_reader_new(&limits);
	assert_string_equal(read_with(reader, text, strlen(text))->reason, "too_big");
	hms_pm_reader_free(&reader);
	limits = hms_pm_default_limits;
	limits.types = 2;
	reader = hms_pm_reader_new(&limits);
	assert_int_equal(read_with(reader, text, strlen(text))->found[HMS_PM_COUNT], 1);
	hms_pm_reader_free(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_bad_measinfo_is_left_out_with_its_reason_and_the_others_are_kept),
		TEST(the_value_forms_are_numbers_nil_and_text),
		TEST(mixed_forms_are_read_by_position_and_flagged),
		TEST(a_value_that_is_there_twice_counts_once_the_later_one),
		TEST(a_group_without_a_name_has_one_that_follows_from_its_counters),
		TEST(entities_in_names_are_resolved),
		TEST(what_was_complete_before_the_end_of_a_cut_file_is_kept),
		TEST(a_doctype_and_deep_or_endless_elements_end_a_file),
		TEST(a_gzip_bomb_ends_early_and_a_cut_gzip_is_told),
		TEST(times_without_a_zone_are_the_devices_and_flagged),
		TEST(limits_of_values_end_a_file),
		TEST(a_sub_counter_named_like_a_counter_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
