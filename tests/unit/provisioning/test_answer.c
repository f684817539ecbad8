/* What a device said, as JSON: rows by their numbers, types by their names, and whatever else it may say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"

#define FIELDS_MAX 16

struct said {
	const char *path, *value;
	uint32_t row, item;
};

static char *answer(const struct said *said, size_t count, bool *truncated)
{
	Hms__Field rows[FIELDS_MAX], *fields[FIELDS_MAX];
	json_t *root;
	char *text;

	for (size_t i = 0; i < count; i++) {
		hms__field__init(&rows[i]);
		rows[i].path = (char *)said[i].path;
		rows[i].value = (char *)said[i].value;
		rows[i].row = said[i].row;
		rows[i].item = said[i].item;
		fields[i] = &rows[i];
	}
	*truncated = false;
	root = prov_answer_json(fields, count, truncated);
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	assert_non_null(text);
	return text;
}

#define ASSERT_ANSWER(expected, ...)                                                        \
	do {                                                                                \
		const struct said said_[] = { __VA_ARGS__ };                                \
		bool truncated_;                                                            \
		char *text_ = answer(said_, sizeof(said_) / sizeof(said_[0]), &truncated_); \
		assert_string_equal(text_, expected);                                       \
		assert_false(truncated_);                                                   \
		free(text_);                                                                \
	} while (0)

static void rows_of_arrays_keep_what_belongs_together(void **state)
{
	(void)state;
	ASSERT_ANSWER("{\"TransferList\":[{\"State\":1,\"CommandKey\":\"a\"},{\"CommandKey\":\"b\"}]}",
		      { "TransferList.QueuedTransferStruct.State", "1", 4, 5 },
		      { "TransferList.QueuedTransferStruct.CommandKey", "a", 4, 5 },
		      { "TransferList.QueuedTransferStruct.CommandKey", "b", 4, 8 });
	ASSERT_ANSWER(
		"{\"Results\":[{\"Version\":\"1\",\"Fault\":{\"FaultCode\":0}},{\"Fault\":{\"FaultCode\":9028}}],\"CommandKey\":\"k\"}",
		{ "Results.Version", "1", 4, 0 }, { "Results.Fault.FaultCode", "0", 4, 6 }, { "Results.Fault.FaultCode", "9028", 8, 9 },
		{ "CommandKey", "k", 0, 0 });
	ASSERT_ANSWER(
		"{\"ParameterList\":[{\"Name\":\"A\",\"Notification\":2,\"AccessList\":[\"Subscriber\",\"x\"]},{\"Name\":\"B\",\"AccessList\":[]}]}",
		{ "ParameterList.ParameterAttributeStruct.Name", "A", 4, 5 },
		{ "ParameterList.ParameterAttributeStruct.Notification", "2", 4, 5 },
		{ "ParameterList.ParameterAttributeStruct.AccessList.string", "Subscriber", 4, 5 },
		{ "ParameterList.ParameterAttributeStruct.AccessList.string", "x", 4, 5 },
		{ "ParameterList.ParameterAttributeStruct.Name", "B", 4, 11 },
		{ "ParameterList.ParameterAttributeStruct.AccessList", "", 4, 11 });
}

static void values_have_their_types_and_what_is_not_of_its_type_stays_a_text(void **state)
{
	(void)state;
	ASSERT_ANSWER(
		"{\"Status\":1,\"InstanceNumber\":\"one\",\"State\":-1,\"IsDownload\":true,\"Resolved\":\"maybe\",\"FileSize\":\"99999999999\"}",
		{ "Status", "1" }, { "InstanceNumber", "one" }, { "State", "-1" }, { "IsDownload", "1" }, { "Resolved", "maybe" },
		{ "FileSize", "99999999999" });
	ASSERT_ANSWER("{\"MethodList\":[\"A\",\"B\"],\"TransferList\":[]}", { "MethodList.string", "A", 4 },
		      { "MethodList.string", "B", 4 }, { "TransferList", "" });
}

/* Hostile or odd: nothing is taken for what it is not, and nothing breaks. */
static void paths_that_contradict_each_other_do_no_harm(void **state)
{
	(void)state;
	ASSERT_ANSWER("{\"A\":\"x\",\"B\":{\"C\":\"y\"}}", { "A", "x" }, { "A.B", "lost" }, { "B.C", "y" }, { "B.C.D.E.F.G", "too deep" });
	ASSERT_ANSWER("{\"TransferList\":\"text\"}", { "TransferList", "text" }, { "TransferList.QueuedTransferStruct.State", "1", 4, 5 },
		      { "TransferList.string", "x", 4 });
	ASSERT_ANSWER("{\"TransferList\":[{},{\"State\":2}]}", { "TransferList.QueuedTransferStruct.A.B.C", "1", 4, 5 },
		      { "TransferList.QueuedTransferStruct.State", "2" });
}

static void more_than_is_kept_is_cut(void **state)
{
	char *large = calloc(1, PROV_ANSWER_MAX_BYTES), *text;
	bool truncated;

	(void)state;
	assert_non_null(large);
	memset(large, 'x', PROV_ANSWER_MAX_BYTES - 100);
	text = answer((const struct said[]){ { "A", "1" }, { "B", large }, { "C", large } }, 3, &truncated);
	assert_true(truncated);
	assert_null(strstr(text, "\"C\""));
	free(text);
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_arrays_keep_what_belongs_together),
		cmocka_unit_test(values_have_their_types_and_what_is_not_of_its_type_stays_a_text),
		cmocka_unit_test(paths_that_contradict_each_other_do_no_harm),
		cmocka_unit_test(more_than_is_kept_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
