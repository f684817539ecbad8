/* What the tests of the codec share: reading one body into a fresh arena, and envelopes around a Body. */
#ifndef CWMP_TEST_H
#define CWMP_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "hms/cwmp/reader.h"
#include "hms/cwmp/writer.h"

#define ENV_OPEN_NS(ns)                                                                                               \
	"<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" "                                    \
	"xmlns:soapenc=\"http://schemas.xmlsoap.org/soap/encoding/\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" " \
	"xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:cwmp=\"" ns "\">"
#define ENV_OPEN ENV_OPEN_NS("urn:dslforum-org:cwmp-1-0")
#define HEADER "<soap:Header><cwmp:ID soap:mustUnderstand=\"1\">42</cwmp:ID></soap:Header>"
#define ENVELOPE(body) ENV_OPEN HEADER "<soap:Body>" body "</soap:Body></soap:Envelope>"

#define DEVICE_ID \
	"<DeviceId><Manufacturer>M</Manufacturer><OUI>00256D</OUI><ProductClass>HNB</ProductClass><SerialNumber>0001</SerialNumber></DeviceId>"
#define EVENT(code) "<EventStruct><EventCode>" code "</EventCode><CommandKey></CommandKey></EventStruct>"
#define EVENTS(n, rows) "<Event soapenc:arrayType=\"cwmp:EventStruct[" n "]\">" rows "</Event>"
#define PARAM(name, value) \
	"<ParameterValueStruct><Name>" name "</Name><Value xsi:type=\"xsd:string\">" value "</Value></ParameterValueStruct>"
#define PARAMS(n, rows) "<ParameterList soapenc:arrayType=\"cwmp:ParameterValueStruct[" n "]\">" rows "</ParameterList>"
#define INFORM(device, events, params)                                                                                \
	"<cwmp:Inform>" device events "<MaxEnvelopes>1</MaxEnvelopes><CurrentTime>2024-05-01T12:00:00Z</CurrentTime>" \
	"<RetryCount>3</RetryCount>" params "</cwmp:Inform>"
/* An Inform without any warning, but for one value. */
#define PLAIN_INFORM(value) INFORM(DEVICE_ID, EVENTS("1", EVENT("2 PERIODIC")), PARAMS("1", PARAM("Device.A", value)))
#define VALUES(rows) "<cwmp:GetParameterValuesResponse>" PARAMS("1", rows) "</cwmp:GetParameterValuesResponse>"

#define WARNED(msg, id) (((msg)->warnings >> HMS_CWMP_WARN_##id & 1) != 0)
#define assert_str(actual, expected)                                   \
	do {                                                           \
		struct hms_str actual_ = (actual);                     \
		assert_non_null(actual_.p);                            \
		assert_int_equal(actual_.len, strlen(expected));       \
		assert_memory_equal(actual_.p, expected, actual_.len); \
	} while (0)

static struct hms_arena *arena;

static inline int new_arena(void **state)
{
	(void)state;
	arena = hms_arena_new(64 * 1024 * 1024);
	return arena ? 0 : -1;
}

static inline int free_arena(void **state)
{
	(void)state;
	hms_arena_free(&arena);
	return 0;
}

static inline int read_code(struct hms_str body, struct hms_cwmp_msg **msg)
{
	struct hms_err err = { 0 };
	int rc = hms_cwmp_read(arena, &hms_cwmp_default_limits, body, msg, &err);

	if (rc < 0)
		assert_true(strlen(err.text) > 0);
	return rc;
}

static inline struct hms_cwmp_msg *read_ok(struct hms_str body)
{
	struct hms_err err = { 0 };
	struct hms_cwmp_msg *msg;

	if (hms_cwmp_read(arena, &hms_cwmp_default_limits, body, &msg, &err) < 0)
		fail_msg("%s", err.text);
	assert_non_null(msg);
	return msg;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, new_arena, free_arena)

#endif
