/* Arguments of Download, Upload and ScheduleDownload (TR-069 A.3.2.8, A.4.1.5, A.4.1.8). What lies on the file server of HMS is named by its id, and its URL is signed here, so that no table
 * holds it: it ends with the command's deadline. */
#include "hms/base/encode.h"
#include "rpc_arguments.h"

/* The text of a member, "" if there is none; NULL if it is no text, or too long. */
static const char *optional(const struct rpc_build *b, const char *name, size_t max)
{
	const json_t *value = json_object_get(b->payload, name);
	const char *text = value ? json_string_value(value) : "";

	return text && strlen(text) <= max ? text : NULL;
}

/* A number of at most 32 bits, as text. */
static const char *number(const struct rpc_build *b, const char *name)
{
	const json_t *value = json_object_get(b->payload, name);
	json_int_t n = json_integer_value(value);

	if (value && (!json_is_integer(value) || n < 0 || n > UINT32_MAX))
		return NULL;
	return hms_arena_printf(b->arena, "%lld", (long long)n);
}

static int add_texts(struct rpc_build *b, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *value = optional(b, names[i], 256);

		if (!value)
			return rpc_invalid(b, hms_arena_printf(b->arena, "%s is not a text of at most 256 characters", names[i]));
		if (rpc_add_text(b, names[i], value))
			return HMS_ENOMEM;
	}
	return 0;
}

static int add_numbers(struct rpc_build *b, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *value = number(b, names[i]);

		if (!value)
			return rpc_invalid(b, hms_arena_printf(b->arena, "%s is not a number of 32 bits", names[i]));
		if (rpc_add_text(b, names[i], value))
			return HMS_ENOMEM;
	}
	return 0;
}

static int signed_url(struct rpc_build *b, struct hms_file_grant *grant, const char *name)
{
	struct hms_str url;
	int rc;

	grant->device = b->c->device_id;
	grant->command_id = (uint64_t)b->c->id;
	grant->expires_us = b->c->deadline;
	rc = prov_files_url(b->files, b->arena, grant, hms_str(name), &url, b->err);
	if (rc)
		return rc == HMS_ENOMEM ? rc : HMS_EINVAL;
	return rpc_add_text(b, "URL", url.p);
}

static int add_url(struct rpc_build *b, struct hms_file_grant *grant, const char *file_type)
{
	const char *url = optional(b, "URL", 256), *id = optional(b, "FileId", 36), *name = optional(b, "FileName", 64);

	if (!url || !id || !name)
		return rpc_invalid(b, "URL, FileId or FileName is not a text, or too long");
	if (*url)
		return rpc_add_text(b, "URL", url);
	if (grant->op == HMS_FILE_UPLOAD)
		grant->kind = prov_files_kind(hms_str(file_type));
	else if (hms_uuid_parse(hms_str(id), grant->file_id))
		return rpc_invalid(b, "neither URL nor FileId (of a file of HMS) is there");
	return signed_url(b, grant, *name ? name : "file");
}

static int begin(struct rpc_build *b, enum hms_file_op op)
{
	const char *file_type = optional(b, "FileType", 64);
	struct hms_file_grant grant = { .op = op };
	int rc;

	if (!file_type || !*file_type)
		return rpc_invalid(b, "FileType is missing or longer than 64 characters");
	if (rpc_add_key(b, "CommandKey", hms_command_key_text) || rpc_add_text(b, "FileType", file_type))
		return HMS_ENOMEM;
	rc = add_url(b, &grant, file_type);
	return rc ? rc : add_texts(b, (const char *const[]){ "Username", "Password" }, 2);
}

int rpc_build_download(struct rpc_build *b)
{
	int rc = begin(b, HMS_FILE_DOWNLOAD);

	if (!rc)
		rc = add_numbers(b, (const char *const[]){ "FileSize" }, 1);
	if (!rc)
		rc = add_texts(b, (const char *const[]){ "TargetFileName" }, 1);
	if (!rc)
		rc = add_numbers(b, (const char *const[]){ "DelaySeconds" }, 1);
	return rc ? rc : add_texts(b, (const char *const[]){ "SuccessURL", "FailureURL" }, 2);
}

int rpc_build_upload(struct rpc_build *b)
{
	int rc = begin(b, HMS_FILE_UPLOAD);

	return rc ? rc : add_numbers(b, (const char *const[]){ "DelaySeconds" }, 1);
}

/* ---------------------------------------------------------------- ScheduleDownload */

#define WINDOWS_MAX 2

static bool window_number(const json_t *row, const char *name, json_int_t min, json_int_t max, json_int_t *out)
{
	const json_t *value = json_object_get(row, name);

	*out = value ? json_integer_value(value) : -1;
	return (!value || json_is_integer(value)) && *out >= min && *out <= max;
}

/* The URL that HMS signed ends with the command. */
static int check_window(struct rpc_build *b, const json_t *row, json_int_t *start, json_int_t *end, json_int_t *retries)
{
	const char *mode = json_string_value(json_object_get(row, "WindowMode"));
	const json_t *message = json_object_get(row, "UserMessage");

	if (!window_number(row, "WindowStart", 0, UINT32_MAX, start) || !window_number(row, "WindowEnd", *start + 1, UINT32_MAX, end))
		return rpc_invalid(b, "TimeWindowList: WindowStart and WindowEnd are not numbers of 32 bits, the end behind the start");
	if (*end > (b->c->deadline - b->c->created) / 1000000)
		return rpc_invalid(b, "TimeWindowList: a WindowEnd lies behind the end of the command");
	if (!window_number(row, "MaxRetries", -1, INT32_MAX, retries))
		return rpc_invalid(b, "TimeWindowList: MaxRetries is not a number from -1 to 2147483647");
	if (!mode || !*mode || strlen(mode) > 64)
		return rpc_invalid(b, "TimeWindowList: WindowMode is not a text of 1 to 64 characters");
	if (message && (!json_is_string(message) || json_string_length(message) > 256))
		return rpc_invalid(b, "TimeWindowList: UserMessage is not a text of at most 256 characters");
	return 0;
}

static int build_window(struct rpc_build *b, const json_t *row, Hms__Arg **out)
{
	Hms__Arg *arg = rpc_new_arg(b, "", HMS__ARG__KIND__STRUCT, "");
	const json_t *message = json_object_get(row, "UserMessage");
	json_int_t start = 0, end = 0, retries = 0;
	int rc = check_window(b, row, &start, &end, &retries);

	if (rc)
		return rc;
	if (!arg || rpc_make_children(b, arg, 5))
		return HMS_ENOMEM;
	arg->children[0] = rpc_new_arg(b, "WindowStart", HMS__ARG__KIND__TEXT, hms_arena_printf(b->arena, "%lld", (long long)start));
	arg->children[1] = rpc_new_arg(b, "WindowEnd", HMS__ARG__KIND__TEXT, hms_arena_printf(b->arena, "%lld", (long long)end));
	arg->children[2] = rpc_new_arg(b, "WindowMode", HMS__ARG__KIND__TEXT, json_string_value(json_object_get(row, "WindowMode")));
	arg->children[3] = rpc_new_arg(b, "UserMessage", HMS__ARG__KIND__TEXT, message ? json_string_value(message) : "");
	arg->children[4] = rpc_new_arg(b, "MaxRetries", HMS__ARG__KIND__TEXT, hms_arena_printf(b->arena, "%lld", (long long)retries));
	for (size_t i = 0; i < arg->n_children; i++)
		if (!arg->children[i])
			return HMS_ENOMEM;
	*out = arg;
	return 0;
}

int rpc_build_schedule_download(struct rpc_build *b)
{
	const json_t *list = json_object_get(b->payload, "TimeWindowList");
	size_t n = json_array_size(list);
	Hms__Arg *arg;
	int rc = begin(b, HMS_FILE_DOWNLOAD);

	if (!rc)
		rc = add_numbers(b, (const char *const[]){ "FileSize" }, 1);
	if (!rc)
		rc = add_texts(b, (const char *const[]){ "TargetFileName" }, 1);
	if (rc)
		return rc;
	if (n == 0 || n > WINDOWS_MAX)
		return rpc_invalid(b, "TimeWindowList (an array of 1 or 2 rows) is missing");
	arg = rpc_add_arg(b, "TimeWindowList", HMS__ARG__KIND__ARRAY);
	if (!arg || rpc_make_children(b, arg, n))
		return HMS_ENOMEM;
	arg->item = (char *)"cwmp:TimeWindowStruct";
	for (size_t i = 0; i < n && !rc; i++)
		rc = build_window(b, json_array_get(list, i), &arg->children[i]);
	return rc;
}
