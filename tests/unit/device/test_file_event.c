/* FileEvents: what is packed comes back, what is no whole record is refused, and ids are golden. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hms/base/encode.h"
#include "hms/base/err.h"
#include "hms/crypto/crypto.h"
#include "hms/device/file_event.h"

static uint8_t device[16] = { 1, 2, 3 }, file[16] = { 9 }, sha256[32] = { 7 };

static Hms__FileEvent sample(void)
{
	Hms__FileEvent e = HMS__FILE_EVENT__INIT;

	e.device_id = (ProtobufCBinaryData){ 16, device };
	e.file_id = (ProtobufCBinaryData){ 16, file };
	e.sha256 = (ProtobufCBinaryData){ 32, sha256 };
	e.name = (char *)"A2026.xml";
	e.kind = HMS__FILE_EVENT__KIND__PM;
	e.content_case = HMS__FILE_EVENT__CONTENT_BODY;
	e.body = (ProtobufCBinaryData){ 4, (uint8_t *)"body" };
	return e;
}

static int unpack(const Hms__FileEvent *e, size_t cut, Hms__FileEvent **out, struct hms_arena *arena)
{
	struct hms_buf packed = HMS_BUF_INIT(4096);
	int rc;

	assert_int_equal(hms_file_event_pack(e, &packed), 0);
	rc = hms_file_event_unpack(arena, packed.p, packed.len - cut, out);
	hms_buf_fini(&packed);
	return rc;
}

static void what_is_packed_comes_back(void **state)
{
	Hms__FileEvent e = sample(), *out;

	assert_int_equal(unpack(&e, 0, &out, *state), 0);
	assert_int_equal(out->schema, HMS_FILE_SCHEMA);
	assert_string_equal(out->name, "A2026.xml");
	assert_int_equal(out->content_case, HMS__FILE_EVENT__CONTENT_BODY);
	assert_memory_equal(out->body.data, "body", 4);
	e.device_id.len = 0;
	assert_int_equal(unpack(&e, 0, &out, *state), 0);
}

static void what_is_no_whole_record_is_refused(void **state)
{
	Hms__FileEvent e = sample(), *out;

	assert_int_equal(unpack(&e, 1, &out, *state), HMS_ESYNTAX);
	e.file_id.len = 15;
	assert_int_equal(unpack(&e, 0, &out, *state), HMS_ESYNTAX);
	e = sample();
	e.sha256.len = 0;
	assert_int_equal(unpack(&e, 0, &out, *state), HMS_ESYNTAX);
	assert_int_equal(hms_file_event_unpack(*state, "\x10\x02", 2, &out), HMS_EVERSION);
}

static void ids_follow_from_device_kind_and_content(void **state)
{
	uint8_t id[16], hash[32];
	char hex[33];
	struct hms_device_id dev = { { 1, 2, 3 } };

	(void)state;
	hms_sha256("", 0, hash);
	hms_file_id(dev, HMS__FILE_EVENT__KIND__PM, hash, id);
	hms_hex(id, sizeof(id), hex);
	assert_string_equal(hex, "dd90a4041da88f68b8b2e32a940ecd1e");
}

static int setup(void **state)
{
	*state = hms_arena_new(65536);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct hms_arena *arena = *state;

	hms_arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_packed_comes_back),
		cmocka_unit_test(what_is_no_whole_record_is_refused),
		cmocka_unit_test(ids_follow_from_device_kind_and_content),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
