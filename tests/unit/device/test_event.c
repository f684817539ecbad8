/* DeviceEvents: golden records decode for ever, newer ones stop the reader, broken ones are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hms/device/event.h"

static struct hms_arena *arena;
static uint8_t record[65536];

static int setup(void **state)
{
	(void)state;
	arena = hms_arena_new(1 << 20);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	hms_arena_free(&arena);
	return 0;
}

static size_t read_golden(const char *name)
{
	char path[512];
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/unit/device/golden/%s.bin", HMS_SOURCE_DIR, name);
	file = fopen(path, "rb");
	assert_non_null(file);
	len = fread(record, 1, sizeof(record), file);
	fclose(file);
	assert_true(len > 0 && len < sizeof(record));
	return len;
}

static Hms__DeviceEvent *unpack_golden(const char *name)
{
	Hms__DeviceEvent *event = NULL;

	assert_int_equal(hms_event_unpack(arena, record, read_golden(name), &event), 0);
	assert_non_null(event);
	return event;
}

static void assert_envelope(const Hms__DeviceEvent *e, uint32_t seq)
{
	assert_int_equal(e->schema, 1);
	assert_int_equal(e->min_reader, 1);
	assert_int_equal(e->device_id.len, 16);
	for (uint8_t i = 0; i < 16; i++)
		assert_int_equal(e->device_id.data[i], i);
	assert_true(e->sid == 0x7edcba9876543210u);
	assert_int_equal(e->seq, seq);
	assert_true(e->recv_us == 1790000000123456 && e->hold_until_us == 1790000025123456);
	assert_string_equal(e->fe, "fe-1");
	assert_int_equal(e->classes, 5);
	assert_true(e->param_hash == 0xfedcba9876543210u);
	assert_int_equal(e->param_hash_rule, 1);
	assert_int_equal(e->part, 0);
	assert_true(e->last);
	assert_int_equal(e->flags, HMS__DEVICE_EVENT__FLAG__MISS | HMS__DEVICE_EVENT__FLAG__RETRY);
	assert_string_equal(e->peer_addr, "192.0.2.1:7547");
	assert_int_equal(e->listener_role, HMS__DEVICE_EVENT__ROLE__SERVING);
	assert_string_equal(e->listener_url, "https://hms.example/cwmp");
	assert_string_equal(e->tenant, "default");
}

static void golden_inform_decodes(void **state)
{
	const Hms__DeviceEvent *e = unpack_golden("inform");
	const Hms__Inform *inform = e->inform;

	(void)state;
	assert_envelope(e, 1);
	assert_int_equal(e->body_case, HMS__DEVICE_EVENT__BODY_INFORM);
	assert_string_equal(inform->device->manufacturer, "Example AG");
	assert_string_equal(inform->device->oui, "0005B9");
	assert_string_equal(inform->device->product_class, "FAP");
	assert_string_equal(inform->device->serial, "CS0000000001");
	assert_int_equal(inform->n_events, 2);
	assert_string_equal(inform->events[0]->code, "0 BOOTSTRAP");
	assert_string_equal(inform->events[1]->command_key, "H0000000000001.1");
	assert_int_equal(inform->retry_count, 2);
	assert_string_equal(inform->current_time, "2026-09-21T14:13:20Z");
	assert_int_equal(inform->n_params, 2);
	assert_string_equal(inform->params[1]->name, "Device.DeviceInfo.SoftwareVersion");
	assert_string_equal(inform->params[1]->value, "1.2.3-\xc3\xbc");
	assert_true(inform->params[1]->writable);
	assert_string_equal(inform->parameter_key, "~0000000000001.1");
	assert_int_equal(inform->cwmp, HMS_CWMP_1_2);
	assert_true(inform->has_parameter_key);
	assert_string_equal(inform->cwmp_id, "1234");
}

static void golden_cpe_request_decodes(void **state)
{
	const Hms__DeviceEvent *e = unpack_golden("cpe_request");

	(void)state;
	assert_envelope(e, 2);
	assert_int_equal(e->body_case, HMS__DEVICE_EVENT__BODY_CPE_REQUEST);
	assert_string_equal(e->cpe_request->method, "TransferComplete");
	assert_string_equal(e->cpe_request->fields[0]->path, "CommandKey");
	assert_string_equal(e->cpe_request->fields[0]->value, "H0000000000001.1");
	assert_string_equal(e->cpe_request->cwmp_id, "55");
}

static void golden_rpc_results_decode(void **state)
{
	const Hms__DeviceEvent *e = unpack_golden("rpc_result_response");

	(void)state;
	assert_envelope(e, 3);
	assert_int_equal(e->body_case, HMS__DEVICE_EVENT__BODY_RPC_RESULT);
	assert_true(e->rpc_result->command_id == 0x123456789abcdefu);
	assert_int_equal(e->rpc_result->n, 7);
	assert_int_equal(e->rpc_result->outcome, HMS__RPC_RESULT__OUTCOME__RESPONSE);
	assert_string_equal(e->rpc_result->method, "GetParameterValues");
	assert_int_equal(e->rpc_result->n_params, 1);
	e = unpack_golden("rpc_result_fault");
	assert_int_equal(e->rpc_result->outcome, HMS__RPC_RESULT__OUTCOME__FAULT);
	assert_int_equal(e->rpc_result->fault->code, 9003);
	assert_int_equal(e->rpc_result->fault->params[0]->code, 9007);
	e = unpack_golden("rpc_result_no_answer");
	assert_int_equal(e->rpc_result->outcome, HMS__RPC_RESULT__OUTCOME__NO_ANSWER);
	assert_int_equal(e->rpc_result->command_id, 5);
}

static void golden_dispatch_reach_and_alarm_decode(void **state)
{
	const Hms__DeviceEvent *e = unpack_golden("rpc_dispatched");

	(void)state;
	assert_envelope(e, 5);
	assert_int_equal(e->body_case, HMS__DEVICE_EVENT__BODY_RPC_DISPATCHED);
	assert_true(e->rpc_dispatched->command_id == 0x123456789abcdefu);
	assert_int_equal(e->rpc_dispatched->try_, 2);
	e = unpack_golden("reach_result");
	assert_envelope(e, 0);
	assert_int_equal(e->reach_result->outcome, HMS__REACH_RESULT__OUTCOME__BUSY);
	assert_string_equal(e->reach_result->detail, "503 from the device");
	e = unpack_golden("internal_alarm");
	assert_int_equal(e->device_id.len, 0);
	assert_string_equal(e->internal_alarm->key, "kafka/dead");
	assert_true(e->internal_alarm->cleared);
}

static void a_compatible_later_record_decodes_with_its_unknown_values(void **state)
{
	const Hms__DeviceEvent *e = unpack_golden("later_compatible");

	(void)state;
	assert_int_equal(e->schema, 9);
	assert_int_equal((int)e->rpc_result->outcome, 77);
	assert_int_equal(e->rpc_result->command_id, 5);
	assert_int_equal(e->base.n_unknown_fields, 1);
}

static void a_record_for_newer_readers_is_told_before_anything_in_it_fails(void **state)
{
	static const char *const names[] = { "later_min_reader", "later_min_reader_last" };
	Hms__DeviceEvent *event;

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(hms_event_unpack(arena, record, read_golden(names[i]), &event), HMS_EVERSION);
	assert_null(event);
	/* the largest number that fits, and one whose upper half a reader drops */
	assert_int_equal(hms_event_unpack(arena, "\x10\xff\xff\xff\xff\x0f", 6, &event), HMS_EVERSION);
	assert_int_equal(hms_event_unpack(arena, "\x10\x81\x80\x80\x80\x10", 6, &event), HMS_ESYNTAX);
}

static void truncated_records_are_refused_or_shorter_but_never_overrun(void **state)
{
	size_t len = read_golden("inform");
	Hms__DeviceEvent *event;

	(void)state;
	for (size_t n = 0; n < len; n++) {
		uint8_t *exact = malloc(n ? n : 1); /* so that a sanitizer sees a read behind the end */
		int rc;

		memcpy(exact, record, n);
		hms_arena_reset(arena);
		rc = hms_event_unpack(arena, exact, n, &event);
		assert_true(rc == 0 || rc == HMS_ESYNTAX);
		free(exact);
	}
}

static void any_changed_byte_is_survived(void **state)
{
	size_t len = read_golden("inform");
	Hms__DeviceEvent *event;

	(void)state;
	for (size_t i = 0; i < len; i++)
		for (unsigned value = 0; value < 256; value += 5) {
			uint8_t kept = record[i];

			record[i] = (uint8_t)value;
			hms_arena_reset(arena);
			hms_event_unpack(arena, record, len, &event);
			record[i] = kept;
		}
}

static void an_event_of_no_device_is_refused_unless_it_is_an_internal_alarm(void **state)
{
	Hms__DeviceEvent *event;

	(void)state;
	assert_int_equal(hms_event_unpack(arena, "", 0, &event), HMS_ESYNTAX);
	assert_int_equal(hms_event_unpack(arena,
					  "\x1a\x03"
					  "abc",
					  5, &event),
			 HMS_ESYNTAX);
	assert_int_equal(hms_event_unpack(arena, "\xca\x01\x00", 3, &event), 0);
	assert_int_equal(hms_event_unpack(arena,
					  "\x1a\x03"
					  "abc\xca\x01\x00",
					  8, &event),
			 HMS_ESYNTAX);
}

static void a_full_arena_is_no_syntax_error(void **state)
{
	size_t len = read_golden("inform");
	struct hms_arena *small = hms_arena_new(200);
	Hms__DeviceEvent *event;

	(void)state;
	assert_int_equal(hms_event_unpack(small, record, len, &event), HMS_ENOMEM);
	assert_null(event);
	hms_arena_free(&small);
}

static void packing_stamps_the_schema_and_round_trips(void **state)
{
	Hms__DeviceEvent event = HMS__DEVICE_EVENT__INIT, *back;
	Hms__RpcDispatched dispatched = HMS__RPC_DISPATCHED__INIT;
	uint8_t id[16] = { 1, 2, 3 };
	struct hms_buf out = HMS_BUF_INIT(1000);

	(void)state;
	event.device_id = (ProtobufCBinaryData){ 16, id };
	event.sid = INT64_MAX;
	event.body_case = HMS__DEVICE_EVENT__BODY_RPC_DISPATCHED;
	event.rpc_dispatched = &dispatched;
	dispatched.command_id = UINT64_MAX;
	hms_buf_strz(&out, "x");
	assert_int_equal(hms_event_pack(&event, &out), 0);
	assert_int_equal(hms_event_unpack(arena, out.p + 1, out.len - 1, &back), 0);
	assert_int_equal(back->schema, HMS_EVENT_SCHEMA);
	assert_int_equal(back->min_reader, HMS_EVENT_MIN_READER);
	assert_true(back->sid == INT64_MAX && back->rpc_dispatched->command_id == UINT64_MAX);
	hms_buf_fini(&out);
	out = HMS_BUF_INIT(10);
	assert_int_equal(hms_event_pack(&event, &out), HMS_EFULL);
	assert_int_equal(out.len, 0);
	hms_buf_fini(&out);
}

static void an_internal_alarm_round_trips(void **state)
{
	const struct hms_internal_alarm alarm = { .key = "k", .cleared = true, .severity = "Minor", .text = "why" };
	struct hms_device_id id = { { 9, 8, 7 } };
	struct hms_buf out = HMS_BUF_INIT(1000);
	Hms__DeviceEvent *back;

	(void)state;
	assert_int_equal(hms_internal_alarm_pack(&alarm, id, "t1", 42, &out), 0);
	assert_int_equal(hms_event_unpack(arena, out.p, out.len, &back), 0);
	assert_int_equal(back->body_case, HMS__DEVICE_EVENT__BODY_INTERNAL_ALARM);
	assert_memory_equal(back->device_id.data, id.b, sizeof(id.b));
	assert_true(back->recv_us == 42 && back->last && back->internal_alarm->cleared);
	assert_string_equal(back->tenant, "t1");
	assert_string_equal(back->internal_alarm->key, "k");
	assert_string_equal(back->internal_alarm->severity, "Minor");
	assert_string_equal(back->internal_alarm->probable_cause, "");
	assert_string_equal(back->internal_alarm->text, "why");
	hms_buf_fini(&out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void a_glance_tells_what_a_record_is(void **state)
{
	Hms__DeviceEvent *event = unpack_golden("rpc_result_response");
	struct hms_event_glance seen = hms_event_glance(hms_strn((const char *)record, read_golden("rpc_result_response")));

	(void)state;
	assert_int_equal(seen.body, HMS__DEVICE_EVENT__BODY_RPC_RESULT);
	assert_int_equal(seen.classes, event->classes);
	assert_int_equal(seen.part, event->part);
	assert_int_equal(seen.hold_until_us, event->hold_until_us);
	assert_int_equal(seen.last, event->last);
	assert_false(seen.newer);
	assert_true(hms_event_glance(hms_strn((const char *)record, read_golden("later_min_reader"))).newer);
	assert_int_equal(hms_event_glance(HMS_STR("\xff\xff\xff\xff garbage")).body, 0);
	assert_int_equal(hms_event_glance((struct hms_str){ NULL, 0 }).body, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(golden_inform_decodes),
		TEST(golden_cpe_request_decodes),
		TEST(golden_rpc_results_decode),
		TEST(golden_dispatch_reach_and_alarm_decode),
		TEST(a_compatible_later_record_decodes_with_its_unknown_values),
		TEST(a_record_for_newer_readers_is_told_before_anything_in_it_fails),
		TEST(truncated_records_are_refused_or_shorter_but_never_overrun),
		TEST(any_changed_byte_is_survived),
		TEST(an_event_of_no_device_is_refused_unless_it_is_an_internal_alarm),
		TEST(a_full_arena_is_no_syntax_error),
		TEST(an_internal_alarm_round_trips),
		TEST(packing_stamps_the_schema_and_round_trips),
		TEST(a_glance_tells_what_a_record_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
