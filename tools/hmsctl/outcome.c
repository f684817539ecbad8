/* What became of a command. */
#include "client.h"
#include "command.h"
#include "print.h"

static const struct ctl_column value_columns[] = { { "NAME", "Name", 1 }, { "VALUE", "Value", 1 }, { NULL } };
static const struct ctl_column name_columns[] = { { "NAME", "Name", 1 }, { "WRITABLE", "Writable" }, { NULL } };

#define ANSWER_COLUMNS_MAX 12

static void print_why(FILE *out, json_t *command)
{
	const char *const members[] = { "fault", "result.fault.FaultString", "note" };
	struct hms_buf line = HMS_BUF_INIT(65536);

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		json_t *value = ctl_member(command, members[i]);

		if (value && !json_is_null(value) && !(json_is_string(value) && json_string_length(value) == 0)) {
			hms_buf_strz(&line, line.len ? ": " : " ");
			ctl_text(&line, value);
		}
	}
	fprintf(out, "%s\n", hms_buf_z(&line));
	hms_buf_fini(&line);
}

static void print_faulty_parameters(FILE *out, json_t *command)
{
	json_t *fault = ctl_member(command, "result.fault"), *row;
	size_t i;

	json_array_foreach(json_object_get(fault, "SetParameterValuesFault"), i, row)
	{
		struct hms_buf line = HMS_BUF_INIT(65536);

		hms_buf_strz(&line, "  ");
		ctl_text(&line, json_object_get(row, "ParameterName"));
		hms_buf_strz(&line, ": ");
		ctl_text(&line, json_object_get(row, "FaultCode"));
		hms_buf_char(&line, ' ');
		ctl_text(&line, json_object_get(row, "FaultString"));
		fprintf(out, "%s\n", hms_buf_z(&line));
		hms_buf_fini(&line);
	}
}

/* "Status 0" is what "done" says. */
static bool is_plain_status(json_t *field)
{
	const char *name = json_string_value(json_array_get(field, 0)), *value = json_string_value(json_array_get(field, 1));

	return name && value && strcmp(name, "Status") == 0 && strcmp(value, "0") == 0;
}

/* What the device answered: [name, value] each. */
static void print_fields(json_t *fields)
{
	struct hms_buf line = HMS_BUF_INIT(16 * 1024 * 1024);
	size_t i;
	json_t *field;

	json_array_foreach(fields, i, field)
	{
		if (is_plain_status(field))
			continue;
		hms_buf_reset(&line);
		ctl_text(&line, json_array_get(field, 0));
		hms_buf_strz(&line, "  ");
		ctl_text(&line, json_array_get(field, 1));
		printf("%s\n", hms_buf_z(&line));
	}
	hms_buf_fini(&line);
}

/* The rows of an answer that is one list of rows; NULL: it is something else. */
static json_t *answer_rows(json_t *command)
{
	json_t *answer = ctl_member(command, "result.answer");
	json_t *rows = json_object_size(answer) == 1 ? json_object_iter_value(json_object_iter(answer)) : NULL;

	return json_is_object(json_array_get(rows, 0)) ? rows : NULL;
}

static void print_answer_rows(const struct ctl *ctl, json_t *rows)
{
	struct ctl_column columns[ANSWER_COLUMNS_MAX + 1] = { { NULL } };
	const char *name;
	json_t *value;
	size_t n = 0;

	json_object_foreach(json_array_get(rows, 0), name, value)
	{
		if (n < ANSWER_COLUMNS_MAX)
			columns[n++] = (struct ctl_column){ .title = name, .member = name, .elastic = 1 };
	}
	ctl_table_print(stdout, columns, rows, ctl_terminal_width(), !ctl->quiet);
}

static void print_result(const struct ctl *ctl, json_t *command)
{
	json_t *rows = ctl_member(command, "result.parameters"), *answers = answer_rows(command);
	bool names = json_object_get(json_array_get(rows, 0), "Writable") != NULL;
	size_t i;
	json_t *name;

	if (json_array_size(rows))
		ctl_table_print(stdout, names ? name_columns : value_columns, rows, ctl_terminal_width(), !ctl->quiet);
	else if (answers)
		print_answer_rows(ctl, answers);
	else
		print_fields(ctl_member(command, "result.fields"));
	json_array_foreach(ctl_member(command, "result.absent"), i, name)
		fprintf(stderr, "hmsctl: not there: %s\n", json_string_value(name));
	if (json_is_true(ctl_member(command, "result.truncated")))
		fprintf(stderr, "hmsctl: more than fits here: see hmsctl params\n");
}

int ctl_command_ended(const struct ctl *ctl, json_t *command)
{
	const char *state = json_string_value(json_object_get(command, "state"));
	bool done = state && strcmp(state, "done") == 0;

	if (ctl->json)
		return ctl_print_json(command), done ? CTL_DONE : CTL_FAILED;
	if (done)
		print_result(ctl, command);
	if (!done || !ctl->quiet) {
		fprintf(done ? stdout : stderr, "%s%s", done ? "" : "hmsctl: ", state ? state : "?");
		print_why(done ? stdout : stderr, command);
	}
	print_faulty_parameters(stderr, command);
	return done ? CTL_DONE : CTL_FAILED;
}

void ctl_command_print(const struct ctl *ctl, json_t *command)
{
	json_t *result = json_incref(json_object_get(command, "result"));

	json_object_del(command, "result");
	ctl_object_print(stdout, command);
	json_object_set_new(command, "result", result);
	print_result(ctl, command);
	if (!json_is_null(json_object_get(command, "fault"))) {
		printf("fault");
		print_why(stdout, command);
		print_faulty_parameters(stdout, command);
	}
}
