/* Identity of a device: its id, bucket, partition and HTTP user name (contracts 1; TR-069 3.4.4). */
#include "hms/device/identity.h"

#include "hms/base/encode.h"
#include "hms/base/err.h"
#include "hms/crypto/crypto.h"

static char upper(char c) { return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c; }

/* A real OUI has 6 characters; a longer one is hashed in pieces. */
static void add_upper(struct hms_hasher *hasher, struct hms_str s)
{
	char piece[64];

	while (s.len > 0) {
		size_t n = s.len < sizeof(piece) ? s.len : sizeof(piece);

		for (size_t i = 0; i < n; i++)
			piece[i] = upper(s.p[i]);
		hms_hasher_add(hasher, piece, n);
		s = hms_strn(s.p + n, s.len - n);
	}
}

static void add_part(struct hms_hasher *hasher, struct hms_str s)
{
	s = hms_str_trim(s);
	hms_hasher_add(hasher, "", 1);
	hms_hasher_add(hasher, s.p, s.len);
}

struct hms_device_id hms_device_id(struct hms_str tenant, struct hms_str oui, struct hms_str product_class, struct hms_str serial)
{
	struct hms_hasher *hasher = hms_hasher_thread(HMS_HASH_SHA256);
	struct hms_device_id id;
	uint8_t hash[32];

	hms_hasher_add(hasher, "hms1", 4);
	add_part(hasher, tenant);
	hms_hasher_add(hasher, "", 1);
	add_upper(hasher, hms_str_trim(oui));
	add_part(hasher, product_class);
	add_part(hasher, serial);
	hms_hasher_end(hasher, hash);
	memcpy(id.b, hash, sizeof(id.b));
	return id;
}

bool hms_device_identity_ok(struct hms_str oui, struct hms_str product_class, struct hms_str serial)
{
	oui = hms_str_trim(oui);
	serial = hms_str_trim(serial);
	return oui.len > 0 && oui.len <= HMS_IDENTITY_PART_MAX && hms_str_trim(product_class).len <= HMS_IDENTITY_PART_MAX &&
	       serial.len > 0 && serial.len <= HMS_IDENTITY_PART_MAX;
}

unsigned hms_device_bucket(struct hms_device_id id) { return (unsigned)id.b[0] << 4 | id.b[1] >> 4; }

unsigned hms_device_partition(struct hms_device_id id, unsigned partitions)
{
	return (unsigned)((uint64_t)hms_device_bucket(id) * partitions >> 12);
}

struct writer {
	char *out;
	size_t len, size;
};

/* Counts on after the end, so that one comparison at the end tells. */
static void put(struct writer *w, char c)
{
	if (w->len < w->size)
		w->out[w->len] = c;
	w->len++;
}

static bool is_plain(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }

/* TR-069 3.4.4: all but 0-9 A-Z a-z and "_" are percent-encoded, the "-" as well, so that it only separates. */
static void put_encoded(struct writer *w, struct hms_str s)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.len; i++) {
		if (is_plain(s.p[i])) {
			put(w, s.p[i]);
		} else {
			put(w, '%');
			put(w, digits[(uint8_t)s.p[i] >> 4]);
			put(w, digits[(uint8_t)s.p[i] & 15]);
		}
	}
}

int hms_device_username(struct hms_str oui, struct hms_str product_class, struct hms_str serial, char *out, size_t size)
{
	struct writer w = { .out = out, .size = size };

	put_encoded(&w, hms_str_trim(oui));
	for (size_t i = 0; i < w.len && i < size; i++)
		out[i] = upper(out[i]);
	product_class = hms_str_trim(product_class);
	if (product_class.len > 0) {
		put(&w, '-');
		put_encoded(&w, product_class);
	}
	put(&w, '-');
	put_encoded(&w, hms_str_trim(serial));
	if (w.len >= size)
		return HMS_ETOOBIG;
	out[w.len] = 0;
	return (int)w.len;
}

/* One part of a user name; *room is what is left of the text. */
static int decode_part(struct hms_str part, char **room, struct hms_str *out)
{
	size_t len = 0;

	if (part.len > 3 * HMS_IDENTITY_PART_MAX)
		return HMS_ESYNTAX;
	*out = hms_strn(*room, 0);
	for (size_t i = 0; i < part.len; i++, len++) {
		if (len == HMS_IDENTITY_PART_MAX)
			return HMS_ESYNTAX;
		(*room)[len] = part.p[i];
		if (part.p[i] != '%')
			continue;
		if (part.len - i < 3 || hms_unhex(hms_strn(part.p + i + 1, 2), *room + len, 1) != 1)
			return HMS_ESYNTAX;
		i += 2;
	}
	out->len = len;
	*room += len;
	return 0;
}

int hms_device_username_parse(struct hms_str username, struct hms_device_names *out)
{
	struct hms_str rest = username, parts[3];
	size_t count = 0;
	char *room = out->text;

	while (rest.p && count < 3)
		parts[count++] = hms_str_split(&rest, '-');
	if (rest.p || count < 2)
		return HMS_ESYNTAX;
	out->product_class = HMS_STR("");
	if (decode_part(parts[0], &room, &out->oui) != 0 || decode_part(parts[count - 1], &room, &out->serial) != 0 ||
	    (count == 3 && decode_part(parts[1], &room, &out->product_class) != 0))
		return HMS_ESYNTAX;
	return hms_device_identity_ok(out->oui, out->product_class, out->serial) ? 0 : HMS_ESYNTAX;
}
