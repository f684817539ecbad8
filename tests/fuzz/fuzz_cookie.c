/* Fuzzes the reader of Cookie headers and of what a cookie holds: nothing but what was sealed is taken, and what is read is written the same way. */
#include <stdlib.h>
#include <unistd.h>

#include "cookie.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW_US = 1000000 };

static void must(bool condition)
{
	if (!condition)
		abort();
}

static struct hms_sealer *make_sealer(void)
{
	char path[] = "/tmp/fuzz_cookie.XXXXXX";
	struct hms_secret *secret = NULL;
	struct hms_sealer *sealer;
	struct hms_err err;
	int fd = mkstemp(path);

	must(fd >= 0 && write(fd, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n", 65) == 65);
	must(hms_secret_load(path, &secret, &err) == 0);
	sealer = hms_sealer_new(secret, "cookie", FE_COOKIE_PERIOD_S);
	must(sealer);
	close(fd);
	unlink(path);
	hms_secret_free(&secret);
	return sealer;
}

/* Every value of ours in a header, whatever stands around it; none of them was sealed here. */
static void read_header(struct hms_sealer *sealer, struct hms_str header)
{
	struct hms_buf scratch = HMS_BUF_INIT(4096);
	struct fe_session s;
	struct hms_str value;

	while (fe_cookie_next(&header, &value)) {
		must(value.len == 0 || (value.p && value.len <= (1 << 20)));
		must(fe_cookie_open(sealer, value, HMS_STR("default"), NOW_US, &scratch, &s) < 0);
	}
	hms_buf_fini(&scratch);
}

/* What passes the seal is ours, but perhaps of another version: numbers that index tables are checked. */
static void read_plain(struct hms_sealer *sealer, struct hms_str plain)
{
	struct hms_buf scratch = HMS_BUF_INIT(4096);
	uint8_t again[FE_COOKIE_PLAIN];
	struct fe_session s, back;
	char value[FE_COOKIE_SIZE];

	if (fe_cookie_decode(plain, &s))
		return;
	fe_cookie_encode(&s, again);
	must(fe_cookie_decode(hms_strn((char *)again, sizeof(again)), &back) == 0);
	must(back.sid == s.sid && back.n == s.n && back.method == s.method && back.ended == s.ended && back.timeout_s == s.timeout_s);
	s.expiry_us = NOW_US + 1;
	must(fe_cookie_seal(sealer, &s, HMS_STR("default"), NOW_US, &scratch, value) == 0);
	must(fe_cookie_open(sealer, hms_str(value), HMS_STR("default"), NOW_US, &scratch, &back) == 0);
	must(fe_cookie_open(sealer, hms_str(value), HMS_STR("other"), NOW_US, &scratch, &back) < 0);
	hms_buf_fini(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct hms_sealer *sealer;
	struct hms_str text = hms_strn((const char *)data, size);

	if (!sealer)
		sealer = make_sealer();
	read_header(sealer, text);
	read_plain(sealer, text);
	return 0;
}
