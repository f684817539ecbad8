/* The guard finds a long tag wherever it is hidden and however it is cut, and lets everything else pass. */
#include "cwmp_test.h"

#include <stdlib.h>

#include "guard.h"

/* A start, and behind it a tag of 20000 bytes. */
static bool passes(const char *before, size_t piece)
{
	size_t head = strlen(before), len = head + 20000;
	struct hms_cwmp_guard guard = { .state = HMS_CWMP_AT_TEXT };
	char *text = malloc(len);
	bool ok = true;

	assert_non_null(text);
	memcpy(text, before, head);
	memset(text + head, 'x', 20000);
	for (size_t at = 0; at < len && ok; at += piece)
		ok = hms_cwmp_guard_pass(&guard, text + at, len - at < piece ? len - at : piece);
	free(text);
	return ok;
}

static void assert_passes(const char *before, bool expected)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 1000, 100000 };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		if (passes(before, pieces[i]) != expected)
			fail_msg("%s in pieces of %zu", before, pieces[i]);
}

static void test_long_tags_are_found(void **state)
{
	(void)state;
	assert_passes("<a ", false);
	assert_passes("<", false);
	assert_passes("</a", false);
	assert_passes("<a b='", false);
	assert_passes("<a b=\">\" c='>\"' ", false);
	assert_passes("<!-- <a \" --><b x=\">\" ", false);
	assert_passes("<!-- > -- > --><b ", false);
	assert_passes("<![CDATA[ <a \" ]] > ]]><b x='>' ", false);
	assert_passes("<?p <a \" ? > ?><b x='>' ", false);
	assert_passes("<a>t</a><b/><c d='e' ", false);
	assert_passes("<!DOCTYPE ", false);
}

static void test_long_text_passes(void **state)
{
	(void)state;
	assert_passes("", true);
	assert_passes("<a>", true);
	assert_passes("<a b='c'>\"'", true);
	assert_passes("<a b='>\"'/>", true);
	assert_passes("<!-- ", true);
	assert_passes("<!-- <a --> ", true);
	assert_passes("<![CDATA[ <a ", true);
	assert_passes("<![CDATA[]]]>", true);
	assert_passes("<?p <a ", true);
	assert_passes("<?p?"
		      "?>",
		      true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_long_tags_are_found),
		cmocka_unit_test(test_long_text_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
