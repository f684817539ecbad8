/* Arguments of Download and Upload (TR-069 A.3.2.8, A.4.1.5). What lies on the file server of HMS is named by its id, and its URL is signed here, so that no table
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
