/* Records of hms.reach, and the table of outcomes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device_event.pb-c.h"
#include "hms/base/err.h"
#include "hms/device/reach.h"

/* Schema 1: device 000102...0f, tenant "t", attempt 7, HTTP, http://10.0.0.1/, credentials "a" and "bc", decided at 5, until 9. */
static const char golden[] =
	"\x08\x01\x10\x01\x1a\x10\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x22\x01t\x28\x07\x30\x01\x3a\x10http://10.0.0.1/"
	"\x52\x01"
	"a\x52\x02"
	"bc\x58\x05\x60\x09";

static int unpack(struct hms_arena **arena, const void *data, size_t len, Hms__ReachRequest **out)
{
	*arena = hms_arena_new(65536);
	assert_non_null(*arena);
	return hms_reach_unpack(*arena, data, len, out);
}

static void a_record_of_each_released_schema_is_read(void **state)
{
	struct hms_arena *arena;
	Hms__ReachRequest *r;

	(void)state;
	assert_int_equal(unpack(&arena, golden, sizeof(golden) - 1, &r), 0);
	assert_int_equal(r->device_id.data[15], 15);
	assert_string_equal(r->tenant, "t");
	assert_int_equal(r->attempt, 7);
	assert_int_equal(r->kind, HMS__REACH_REQUEST__KIND__HTTP);
	assert_string_equal(r->url, "http://10.0.0.1/");
	assert_int_equal(r->n_credentials, 2);
	assert_memory_equal(r->credentials[1].data, "bc", 2);
	assert_int_equal(r->at_us, 5);
	assert_int_equal(r->deadline_us, 9);
	hms_arena_free(&arena);
}

static void what_is_written_is_what_was_released(void **state)
{
	Hms__ReachRequest r = HMS__REACH_REQUEST__INIT;
	ProtobufCBinaryData credentials[] = { { 1, (uint8_t *)(uintptr_t) "a" }, { 2, (uint8_t *)(uintptr_t) "bc" } };
	struct hms_buf out = HMS_BUF_INIT(1024), small = HMS_BUF_INIT(8);
	uint8_t id[16];

	(void)state;
	for (size_t i = 0; i < sizeof(id); i++)
		id[i] = (uint8_t)i;
	r.device_id = (ProtobufCBinaryData){ sizeof(id), id };
	r.tenant = (char *)(uintptr_t) "t";
	r.attempt = 7;
	r.kind = HMS__REACH_REQUEST__KIND__HTTP;
	r.url = (char *)(uintptr_t) "http://10.0.0.1/";
	r.credentials = credentials;
	r.n_credentials = 2;
	r.at_us = 5;
	r.deadline_us = 9;
	assert_int_equal(hms_reach_pack(&r, &out), 0);
	assert_int_equal(out.len, sizeof(golden) - 1);
	assert_memory_equal(out.p, golden, out.len);
	assert_int_equal(hms_reach_pack(&r, &small), HMS_EFULL);
	hms_buf_fini(&out);
	hms_buf_fini(&small);
}

static void what_is_no_request_is_refused(void **state)
{
	static const struct {
		const char *data;
		size_t len;
		int code;
	} rows[] = {
		{ "\xff\xff", 2, HMS_ESYNTAX },
		{ "", 0, HMS_ESYNTAX }, /* of no device */
		{ "\x10\x01\x1a\x02"
		  "ab",
		  6, HMS_ESYNTAX }, /* nor of this one */
		{ "\x10\x02\x1a\x02"
		  "ab",
		  6, HMS_EVERSION },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hms_arena *arena;
		Hms__ReachRequest *r;

		assert_int_equal(unpack(&arena, rows[i].data, rows[i].len, &r), rows[i].code);
		hms_arena_free(&arena);
	}
}

static void each_outcome_on_the_wire_has_its_meaning(void **state)
{
	const ProtobufCEnumDescriptor *outcomes = &hms__reach_result__outcome__descriptor;

	(void)state;
	for (unsigned i = 0; i < outcomes->n_values; i++) {
		int value = outcomes->values[i].value;

		assert_int_equal(hms_reach_info(value)->outcome, value);
	}
	assert_int_equal(hms_reach_info(HMS__REACH_RESULT__OUTCOME__BUSY)->verdict, HMS_REACH_IS_BUSY);
	assert_int_equal(hms_reach_info(HMS__REACH_RESULT__OUTCOME__NOT_FOUND)->outcome, HMS_REACH_NOT_FOUND);
	assert_int_equal(hms_reach_info(99)->verdict, HMS_REACH_IS_AGAIN); /* of a newer release */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_of_each_released_schema_is_read),
		cmocka_unit_test(what_is_written_is_what_was_released),
		cmocka_unit_test(what_is_no_request_is_refused),
		cmocka_unit_test(each_outcome_on_the_wire_has_its_meaning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
