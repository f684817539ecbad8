/* The one place where rows of a device change their state, and where that is written down. */
#include "device.h"

const char *const prov_state_names[] = {
#define PROV_STATE(name, settled) [PROV_STATE_##name] = PROV_STATE_##name == PROV_STATE_NONE ? "" : #name,
#include "states.def"
#undef PROV_STATE
	NULL,
};

static const bool settled_states[] = {
#define PROV_STATE(name, settled) [PROV_STATE_##name] = settled,
#include "states.def"
#undef PROV_STATE
};

const char *const prov_command_state_names[] = {
#define PROV_COMMAND(name, text, open) [PROV_COMMAND_##name] = text,
#include "command_states.def"
#undef PROV_COMMAND
	NULL,
};

bool prov_device_is_cell(const struct prov_device *d) { return d->cold.kind == HMS_KIND_HNB || d->cold.kind == HMS_KIND_HENB; }

bool prov_device_owes(const struct prov_device *d, unsigned duties) { return ((unsigned)d->cold.duties & duties) != 0; }

void prov_device_set_duties(struct prov_device *d, unsigned set, unsigned clear)
{
	int32_t duties = (int32_t)(((unsigned)d->cold.duties & ~clear) | set);

	if (duties == d->cold.duties)
		return;
	d->cold.duties = duties;
	d->cold_dirty = d->entry_dirty = true;
}

bool prov_device_settled(const struct prov_device *d)
{
	if (d->cold.state == PROV_STATE_BLOCKED)
		return !prov_device_is_cell(d) || prov_device_owes(d, PROV_DUTY_DEPROVISIONED);
	if (prov_device_owes(d, PROV_DUTIES_OPEN) && (d->cold.state == PROV_STATE_PROVISIONED || d->cold.state == PROV_STATE_IN_SERVICE))
		return false;
	if (d->cold.state == PROV_STATE_SETTLED)
		return !prov_device_owes(d, PROV_DUTY_CREDENTIALS);
	if (d->cold.state == PROV_STATE_PROVISIONED)
		return d->cold.unlocked;
	return settled_states[d->cold.state];
}

int prov_push(struct hms_arena *arena, void ***array, size_t *count, size_t *room, void *item)
{
	if (*count == *room) {
		size_t more = *room ? *room * 2 : 8;
		void **grown = hms_arena_grow(arena, *array, *room * sizeof(void *), more * sizeof(void *));

		if (!grown)
			return HMS_ENOMEM;
		*array = grown;
		*room = more;
	}
	(*array)[(*count)++] = item;
	return 0;
}

void prov_device_note(struct prov_device *d, struct hms_arena *arena, const char *kind, const char *state, const char *detail)
{
	struct prov_history *h = hms_arena_alloc(arena, sizeof(*h));

	if (!h) {
		d->failed = true;
		return;
	}
	h->device_id = d->id;
	h->at = d->now_us++; /* rows of one batch keep their order */
	h->kind = hms_str(kind);
	h->state = hms_str(state);
	h->detail = hms_str(detail ? detail : "{}");
	if (prov_push(arena, (void ***)&d->history, &d->history_count, &d->history_room, h))
		d->failed = true;
}

void prov_device_request(struct prov_device *d, struct hms_arena *arena, const char *method, const char *detail, bool timed)
{
	struct prov_request *r = hms_arena_alloc(arena, sizeof(*r));

	if (!r) {
		d->failed = true;
		return;
	}
	*r = (struct prov_request){ .method = method, .detail = detail, .at_us = d->now_us++, .timed = timed };
	if (prov_push(arena, (void ***)&d->requests, &d->request_count, &d->request_room, r))
		d->failed = true;
}

void prov_device_set_state(struct prov_device *d, struct hms_arena *arena, enum prov_state state, const char *reason)
{
	if ((int)state == d->cold.state)
		return;
	d->cold.state = state;
	d->cold.state_since = d->now_us;
	d->cold.state_reason = hms_arena_str(arena, hms_str(reason ? reason : ""));
	d->cold_dirty = true;
	d->entry_dirty = true;
	prov_device_note(d, arena, "state", prov_state_names[state], NULL);
}

void prov_device_timer(struct prov_device *d, struct hms_arena *arena, const char *name, int64_t due_us)
{
	struct prov_timer *t = hms_arena_alloc(arena, sizeof(*t));

	if (!t) {
		d->failed = true;
		return;
	}
	t->bucket = (int32_t)hms_device_bucket(d->id);
	t->due = due_us;
	t->device_id = d->id;
	t->name = hms_str(name);
	t->remove = due_us == 0;
	if (prov_push(arena, (void ***)&d->timers, &d->timer_count, &d->timer_room, t))
		d->failed = true;
}

void prov_device_alarm(struct prov_device *d, struct hms_arena *arena, const char *key, const char *severity, const char *cause,
		       const char *text, bool cleared)
{
	struct prov_alarm *a = hms_arena_alloc(arena, sizeof(*a));

	if (!a) {
		d->failed = true;
		return;
	}
	*a = (struct prov_alarm){ .next = d->alarms,
				  .alarm = { .key = key,
					     .cleared = cleared,
					     .severity = severity,
					     .probable_cause = cause,
					     .text = hms_arena_strz(arena, hms_str(text)) } };
	d->alarms = a;
}
