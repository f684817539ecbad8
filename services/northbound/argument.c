/* Arguments of commands that are one value. Limits are those of TR-069 A.3, A.4, and of what provisioning builds from them. */
#include "argument.h"

#include "hms/base/encode.h"
#include "hms/cwmp/writer.h"

#define NAME_MAX_BYTES 256
#define FILE_MAX_BYTES 64
#define OPTION_MAX_BYTES 64
#define VOUCHERS_MAX 64
#define VOUCHER_MAX_BYTES 16384

bool nbi_argument_is_text(json_t *value, size_t max, bool empty_allowed)
{
	struct hms_str text = hms_strn(json_string_value(value), json_string_length(value));

	return json_is_string(value) && text.len <= max && (text.len || empty_allowed) && hms_cwmp_text_clean(text);
}

const char *nbi_argument_name(json_t *v)
{
	return nbi_argument_is_text(v, NAME_MAX_BYTES, true) ? NULL : "a text of at most 256 characters is needed";
}

const char *nbi_argument_names(json_t *v)
{
	size_t i;
	json_t *item;
	const char *why = json_is_array(v) && json_array_size(v) ? NULL : "an array is needed, not empty";

	json_array_foreach(v, i, item) if (!why) why = nbi_argument_name(item);
	return why;
}

const char *nbi_argument_boolean(json_t *v) { return json_is_boolean(v) ? NULL : "true or false is needed"; }

const char *nbi_argument_number(json_t *v)
{
	return json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) <= UINT32_MAX ? NULL
												       : "a number of 32 bits is needed";
}

/* TR-069 A.3.2.6, A.3.2.7: a path ends with a dot. */
const char *nbi_argument_object(json_t *v)
{
	struct hms_str path = hms_strn(json_string_value(v), json_string_length(v));

	return nbi_argument_is_text(v, NAME_MAX_BYTES, false) && hms_str_ends(path, HMS_STR("."))
		       ? NULL
		       : "a path of at most 256 characters that ends with a dot is needed";
}

const char *nbi_argument_uuid(json_t *v)
{
	uint8_t id[16];

	return json_is_string(v) && hms_uuid_parse(hms_strn(json_string_value(v), json_string_length(v)), id) == 0 ? NULL
														   : "a UUID is needed";
}

/* A host without a user: credentials have arguments of their own (TR-069 A.3.2.8). */
static bool has_host(struct hms_str rest)
{
	struct hms_str host = hms_str_split(&rest, '/');

	return host.len && !memchr(host.p, '@', host.len);
}

bool nbi_argument_is_url(json_t *v, size_t max)
{
	static const struct hms_str schemes[] = { HMS_STR("http://"), HMS_STR("https://"), HMS_STR("ftp://"),
						  HMS_STR("ftps://"), HMS_STR("sftp://"),  HMS_STR("tftp://") };
	struct hms_str url = hms_strn(json_string_value(v), json_string_length(v));
	bool plain = nbi_argument_is_text(v, max, false);

	for (size_t i = 0; i < url.len; i++)
		plain = plain && url.p[i] > ' ' && url.p[i] < 0x7f;
	for (size_t i = 0; plain && i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (hms_str_starts(url, schemes[i]) && has_host(hms_strn(url.p + schemes[i].len, url.len - schemes[i].len)))
			return true;
	return false;
}

const char *nbi_argument_url(json_t *v)
{
	return nbi_argument_is_url(v, NAME_MAX_BYTES)
		       ? NULL
		       : "an http, https, ftp, ftps, sftp or tftp URL of at most 256 characters, without a user, is needed";
}

const char *nbi_argument_file_type(json_t *v)
{
	return nbi_argument_is_text(v, FILE_MAX_BYTES, false) ? NULL
							      : "a text of 1 to 64 characters is needed, e.g. \"1 Firmware Upgrade Image\"";
}

/* It becomes the end of a URL, which has 256 characters at most. */
const char *nbi_argument_file_name(json_t *v)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
	const char *text = json_string_value(v);
	size_t len = json_string_length(v);

	return text && len && len <= FILE_MAX_BYTES && text[0] != '.' && strspn(text, plain) == len
		       ? NULL
		       : "1 to 64 letters, digits, dots, dashes and underscores are allowed, no dot first";
}

/* TR-069 A.4.1.2: 0 is not allowed. */
const char *nbi_argument_delay(json_t *v)
{
	return nbi_argument_number(v) || json_integer_value(v) == 0 ? "a number from 1 to 4294967295 is needed" : NULL;
}

const char *nbi_argument_option(json_t *v)
{
	return nbi_argument_is_text(v, OPTION_MAX_BYTES, true) ? NULL : "a text of at most 64 characters is needed";
}

/* Ids are texts: they are larger than the integers of many JSON readers. */
const char *nbi_argument_command(json_t *v)
{
	uint64_t id;

	return json_is_string(v) && hms_str_u64(hms_strn(json_string_value(v), json_string_length(v)), &id) == 0 && id <= INT64_MAX
		       ? NULL
		       : "the id of a command is needed, as a text";
}

static bool is_base64(json_t *v)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *text = json_string_value(v);
	size_t len = json_string_length(v), plain = text ? strspn(text, digits) : 0;

	return plain && len % 4 == 0 && len <= VOUCHER_MAX_BYTES && len - plain <= 2 && strspn(text + plain, "=") == len - plain;
}

const char *nbi_argument_vouchers(json_t *v)
{
	size_t i;
	json_t *voucher;
	bool good = json_array_size(v) > 0 && json_array_size(v) <= VOUCHERS_MAX;

	json_array_foreach(v, i, voucher) good = good && is_base64(voucher);
	return good ? NULL : "1 to 64 vouchers in base64 are needed, each of at most 16384 characters";
}

const char *nbi_argument_test(json_t *v)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	const char *text = json_string_value(v);
	size_t len = json_string_length(v);

	return text && len && len <= 32 && strspn(text, plain) == len ? NULL : "1 to 32 small letters, digits and underscores are needed";
}

const char *nbi_argument_diagnostics_object(json_t *v)
{
	return nbi_argument_object(v) || json_string_length(v) > 200 ? "a path of at most 200 characters that ends with a dot is needed"
								     : NULL;
}

const char *nbi_argument_diagnostics_values(json_t *v)
{
	bool good = json_is_object(v) && json_object_size(v) <= 32;
	const char *name;
	json_t *value;

	json_object_foreach(v, name, value) good =
		good && *name && strlen(name) <= 56 && strcmp(name, "DiagnosticsState") != 0 &&
		(json_is_boolean(value) || !nbi_argument_number(value) || nbi_argument_is_text(value, 4096, true));
	return good ? NULL : "an object of at most 32 texts, numbers of 32 bits, true and false is needed, without DiagnosticsState";
}

const char *nbi_argument_xml(json_t *v)
{
	struct hms_buf scratch = HMS_BUF_INIT(1024 * 1024);
	const char *why = "a text is needed, with elements of XML";

	if (json_is_string(v) && hms_cwmp_fragment(&scratch, hms_strn(json_string_value(v), json_string_length(v)), &why) && !why)
		why = "it is too large";
	hms_buf_fini(&scratch);
	return why;
}
