/* Command ids, and the names made of them that travel to the device and back (contracts 2, 7). */
#include "hms/device/command.h"

#include <stdio.h>

#include "hms/base/encode.h"
#include "hms/base/err.h"
#include "hms/base/map.h"

#define COUNTER_MASK 0xfffu
#define WORKER_SHIFT 12
#define WORKER_MASK 0x3ffu
#define MS_SHIFT 22

/* "<prefix><13 characters>.<number>" at its longest, with the end */
#define NAME_SIZE 32
#define ID_CHARS 13

void hms_command_ids_init(struct hms_command_ids *ids, const char *instance)
{
	*ids = (struct hms_command_ids){ .worker = (unsigned)(hms_hash_stable(HMS_HASH_STABLE_SEED, instance, strlen(instance)) %
							      WORKER_MASK) };
}

uint64_t hms_command_id_next(struct hms_command_ids *ids, int64_t wall_us)
{
	int64_t since_ms = wall_us / 1000 - HMS_COMMAND_EPOCH_MS;
	uint64_t ms = since_ms > 0 ? (uint64_t)since_ms : 0;
	uint64_t worker = (uint64_t)(ids->worker & WORKER_MASK) << WORKER_SHIFT;
	uint64_t id = ms << MS_SHIFT | worker;

	/* The same millisecond, or a clock that went back: go on from the last id, into the next millisecond when the
	 * counter is used up. */
	if (id <= ids->last) {
		if ((ids->last & COUNTER_MASK) < COUNTER_MASK)
			id = ids->last + 1;
		else
			id = ((ids->last >> MS_SHIFT) + 1) << MS_SHIFT | worker;
	}
	ids->last = id;
	return id;
}

static void write_name(const char *prefix, uint64_t command_id, uint32_t number, char *out, size_t size)
{
	char id[ID_CHARS + 1];

	hms_base32_u64(command_id, id);
	snprintf(out, size, "%s%s.%u", prefix, id, (unsigned)number);
}

/* Accepts what write_name() makes and nothing else: a name written in another way is not ours. */
static int read_name(const char *prefix, struct hms_str text, uint64_t *command_id, uint32_t *number)
{
	size_t prefix_len = strlen(prefix);
	char canonical[NAME_SIZE];
	uint64_t id, value;

	text = hms_str_trim(text);
	if (text.len < prefix_len + ID_CHARS + 2 || text.len >= sizeof(canonical))
		return HMS_ESYNTAX;
	if (hms_unbase32_u64(hms_strn(text.p + prefix_len, ID_CHARS), &id) != 0 ||
	    hms_str_u64(hms_strn(text.p + prefix_len + ID_CHARS + 1, text.len - prefix_len - ID_CHARS - 1), &value) != 0 ||
	    value > UINT32_MAX)
		return HMS_ESYNTAX;
	write_name(prefix, id, (uint32_t)value, canonical, sizeof(canonical));
	if (!hms_str_eqz(text, canonical))
		return HMS_ESYNTAX;
	*command_id = id;
	*number = (uint32_t)value;
	return 0;
}

void hms_rpc_id_text(uint64_t command_id, uint32_t n, char out[32]) { write_name("", command_id, n, out, 32); }

int hms_rpc_id_parse(struct hms_str text, uint64_t *command_id, uint32_t *n) { return read_name("", text, command_id, n); }

void hms_parameter_key_text(uint64_t command_id, uint32_t try_no, char out[33]) { write_name("~", command_id, try_no, out, 33); }

void hms_command_key_text(uint64_t command_id, uint32_t try_no, char out[33]) { write_name("H", command_id, try_no, out, 33); }

int hms_key_parse(char prefix, struct hms_str text, uint64_t *command_id, uint32_t *try_no)
{
	const char z[2] = { prefix, 0 };

	return read_name(z, text, command_id, try_no);
}
