/* Profiles: what is read, what is refused with line and member, and which devices are selected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "hms/desired/profile.h"

static int parse(const char *text, struct hms_profile **p, struct hms_err *err)
{
	*err = (struct hms_err){ 0 };
	return hms_profile_parse(hms_str(text), &hms_profile_limits, p, err);
}

static void errors_name_the_line_and_the_member(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "", "line 1: " },
		{ "[]", "line 1: the document is not a JSON object" },
		{ "{\n\"priority\": 1,\n\"priority\": 2}", "line 3: " },
		{ "{\n\"prio\": 1}", "line 2: prio: there is no such member" },
		{ "{\"priority\": 1.5}", "line 1: priority: not a whole number" },
		{ "{\n \"parameters\": {\n  \"lte.tac\": \"1\",\n  \"lte.x y\": \"2\"}}",
		  "line 4: parameters.lte.x y: neither a logical name" },
		{ "{\"parameters\": {\n\"a\": {\n\"value\": \"x\",\n\"type\": \"unsignedInt\"}}}",
		  "line 3: parameters.a.value: not a value of type unsignedInt" },
		{ "{\"parameters\": {\"a\": {\"type\":\n \"float\"}}}", "line 1: parameters.a.type: not a type" },
		{ "{\"parameters\": {\"a\": 1.5}}", "line 1: parameters.a: a number with a fraction" },
		{ "{\"parameters\": {\"a\": {}}}", "line 1: parameters.a: neither a value nor notify" },
		{ "{\"parameters\": {\"a\": {\"notify\": 7}}}", "line 1: parameters.a.notify: not a whole number from 0 to 6" },
		{ "{\"parameters\": {\"a\": \"{device.colour}\"}}", "line 1: parameters.a: there is no placeholder {device.colour}" },
		{ "{\"parameters\": {\"a\": \"\\u0001\"}}", "line 1: parameters.a: a control character" },
		{ "{\"parameters\": {\"Device.X.\": \"1\"}}", "line 1: parameters.Device.X.: the path of a parameter does not end" },
		{ "{\"objects\": [\n{\"path\": \"lte.n\"},\n{\"path\": \"Device.T.\"}]}",
		  "line 3: objects[2].key: a table that is given by its path" },
		{ "{\"objects\": [{\"path\": \"Device.T.\", \"key\": [\"K\"], \"rows\": [\n{\"K\": 1},\n{\"V\": 1}]}]}",
		  "line 3: objects[1].rows[2]: the row has no K" },
		{ "{\"objects\": [{\"path\": \"Device.T.\", \"key\": [\"K\"], \"others\": \"burn\"}]}",
		  "line 1: objects[1].others: neither" },
		{ "{\"selector\": {\"oui\": []}}", "line 1: selector.oui: not a list of at least one choice" },
		{ "{\"selector\": {\"model\": [\"a*b\"]}}", "line 1: selector.model[1]: a star can only stand" },
		{ "{\"selector\": {\"serial\": [{\"from\": \"9\", \"to\": \"1\"}]}}",
		  "line 1: selector.serial[1]: a range needs from and to" },
		{ "{\"selector\": {\"tenant\": [\"a\"]}}", "line 1: selector.tenant: there is no such member" },
		{ "{\"delivery\": \"pigeon\"}", "line 1: delivery: neither" },
		{ "{\"read\": [\"Device.X\", 7]}", "line 1: read[2]: not a name" },
		{ "{\"repair\": 1}", "line 1: repair: neither true nor false" },
		{ "{\"kinds\": {\"toaster\": {}}}", "line 1: kinds.toaster: there is no such member" },
		{ "{\"values\": {\"a\": [1]}}", "line 1: values.a: not a text, a whole number or a boolean" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hms_profile *p;
		struct hms_err err;

		assert_int_not_equal(parse(cases[i].text, &p, &err), 0);
		assert_null(p);
		if (!hms_str_starts(hms_str(err.text), hms_str(cases[i].error)))
			fail_msg("%s: \"%s\", not \"%s\"", cases[i].text, err.text, cases[i].error);
	}
}

static void limits_hold(void **state)
{
	static const struct hms_profile_limits limits = { 100, 1, 1, 1, 2, 1, 1 };
	static const char *const texts[] = {
		"{\"parameters\": {\"a\": 1, \"b\": 2}}",
		"{\"objects\": [{\"path\": \"t\"}, {\"path\": \"u\"}]}",
		"{\"objects\": [{\"path\": \"t\", \"rows\": [{}, {}]}]}",
		"{\"objects\": [{\"path\": \"t\", \"rows\": [{\"A\": 1, \"B\": 2, \"C\": 3}]}]}",
		"{\"read\": [\"a\", \"b\"]}",
		"{\"selector\": {\"oui\": [\"a\", \"b\"]}}",
		"{\"values\": {\"a\": \"..........................................................................................................\"}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct hms_profile *p;
		struct hms_err err = { 0 };

		assert_int_equal(hms_profile_parse(hms_str(texts[i]), &limits, &p, &err), HMS_ETOOBIG);
		assert_true(hms_str_starts(hms_str(err.text), HMS_STR("line 1: ")));
	}
}

static void a_profile_of_procedures_alone_sets_nothing(void **state)
{
	struct hms_profile *p;
	struct hms_err err;

	(void)state;
	assert_int_equal(parse("{\"kinds\": {\"hnb\": {}}, \"values\": {\"a\": 1, \"b\": true}, \"location\": {}}", &p, &err), 0);
	assert_false(hms_profile_sets(p));
	assert_int_equal(hms_profile_priority(p), 100);
	assert_string_equal(hms_profile_value(p, HMS_STR("a")), "1");
	assert_string_equal(hms_profile_value(p, HMS_STR("b")), "true");
	assert_null(hms_profile_value(p, HMS_STR("c")));
	hms_profile_free(&p);
}

static int count_pools(struct hms_str name, void *arg)
{
	*(int *)arg += hms_str_starts(name, HMS_STR("pool."));
	return 0;
}

static void it_says_which_pools_it_uses(void **state)
{
	struct hms_profile *p;
	struct hms_err err;
	int pools = 0;

	(void)state;
	assert_int_equal(parse("{\"parameters\": {\"a\": \"{pool.sac}-{group.x}\", \"b\": {\"notify\": 1}}, \"objects\": [{\"path\": \"t\","
			       " \"rows\": [{\"K\": \"{pool.pci}\"}]}]}",
			       &p, &err),
			 0);
	assert_int_equal(hms_profile_uses(p, count_pools, &pools), 0);
	assert_int_equal(pools, 2);
	hms_profile_free(&p);
}

static bool selects(const char *selector, const struct hms_device_facts *facts)
{
	char text[1000];
	struct hms_profile *p;
	struct hms_err err;
	bool yes;

	snprintf(text, sizeof(text), "{\"selector\": {%s}}", selector);
	if (parse(text, &p, &err))
		fail_msg("%s: %s", text, err.text);
	yes = hms_profile_selects(p, facts);
	hms_profile_free(&p);
	return yes;
}

static void all_members_must_match_by_any_of_their_choices(void **state)
{
	const struct hms_str tags[] = { HMS_STR("vip"), HMS_STR("lab") };
	const struct hms_device_facts facts = { .oui = HMS_STR("0200F0"),
						.serial = HMS_STR("000150"),
						.kind = HMS_STR("henb"),
						.software_version = HMS_STR("2.4.7"),
						.region = HMS_STR("north"),
						.tags = tags,
						.tag_count = 2 };
	static const struct {
		const char *selector;
		bool yes;
	} cases[] = {
		{ "", true },
		{ "\"oui\": [\"0200F0\"]", true },
		{ "\"oui\": [\"0200F1\"]", false },
		{ "\"oui\": [\"0200F1\", \"0200F0\"], \"kind\": [\"henb\"]", true },
		{ "\"oui\": [\"0200F0\"], \"kind\": [\"hnb\"]", false },
		{ "\"software_version\": [\"2.4.*\"]", true },
		{ "\"software_version\": [\"2.5.*\"]", false },
		{ "\"software_version\": [\"*.7\"]", true },
		{ "\"software_version\": [\"*.4.*\"]", true },
		{ "\"software_version\": [\"*\"]", true },
		{ "\"group\": [\"*\"]", true },
		{ "\"group\": [\"canary\"]", false },
		{ "\"serial\": [{\"from\": \"000100\", \"to\": \"000199\"}]", true },
		{ "\"serial\": [{\"from\": \"000151\", \"to\": \"000199\"}, \"000150\"]", true },
		{ "\"serial\": [{\"from\": \"100\", \"to\": \"199\"}]", false },
		{ "\"tag\": [\"lab\"]", true },
		{ "\"tag\": [\"other\"]", false },
		{ "\"region\": [\"north\"], \"tag\": [\"v*\"]", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (selects(cases[i].selector, &facts) != cases[i].yes)
			fail_msg("%s", cases[i].selector);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_name_the_line_and_the_member),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(a_profile_of_procedures_alone_sets_nothing),
		cmocka_unit_test(it_says_which_pools_it_uses),
		cmocka_unit_test(all_members_must_match_by_any_of_their_choices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
