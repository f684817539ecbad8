/* Groups of commands: modes, undoing, and what waits for what. */
#include "fixture.h"
#include "group.h"

#define GPN "{\"ParameterPath\":\"Device.\"}"

static void periodic(struct fixture *f) { fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL); }

static struct prov_group *group(struct fixture *f, enum prov_group_mode mode, int total, const char *undo)
{
	struct prov_group *g = hms_arena_alloc(f->ctx.arena, sizeof(*g));

	if (!f->d.exists)
		fixture_device(f, PROV_STATE_SETTLED);
	*g = (struct prov_group){
		.id = 7,
		.mode = (int)mode,
		.state = PROV_GROUP_IS_OPEN,
		.origin = HMS_STR("operator:test"),
		.reason = HMS_STR(""),
		.prio = 100,
		.total = total,
		.undo = hms_str(undo),
		.created = f->now_us,
		.deadline = f->now_us + 3600000000,
		.note = HMS_STR(""),
	};
	assert_int_equal(prov_push(f->ctx.arena, (void ***)&f->d.groups, &f->d.group_count, &f->d.group_room, g), 0);
	return g;
}

static struct prov_command *member(struct fixture *f, int pos, enum hms_cwmp_method method, const char *payload)
{
	struct prov_command *c = fixture_command(f, method, payload);

	c->grp = 7;
	c->grp_pos = (int16_t)pos;
	return c;
}

static void done(struct fixture *f, const struct prov_command *c) { fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__RESPONSE, 0); }

static void members_of_all_go_one_behind_the_other(void **state)
{
	struct fixture *f = *state;
	struct prov_group *g = group(f, PROV_GROUP_ALL, 3, "[null,null,null]");
	struct prov_command *m[3];

	for (int i = 0; i < 3; i++)
		m[i] = member(f, i + 1, HMS_CWMP_GET_PARAMETER_NAMES, GPN);
	periodic(f);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(m[i]->state, PROV_COMMAND_GRANTED);
		if (i < 2)
			assert_int_equal(m[i + 1]->state, PROV_COMMAND_QUEUED);
		done(f, m[i]);
	}
	assert_int_equal(g->state, PROV_GROUP_IS_DONE);
	assert_int_equal(g->done, 3);
	assert_true(g->ended && g->dirty);
}

static void others_of_the_device_do_not_wait_for_a_group(void **state)
{
	struct fixture *f = *state;
	struct prov_command *first, *second, *other;

	group(f, PROV_GROUP_ALL, 2, "[null,null]");
	first = member(f, 1, HMS_CWMP_GET_PARAMETER_NAMES, GPN);
	second = member(f, 2, HMS_CWMP_GET_PARAMETER_NAMES, GPN);
	other = fixture_command(f, HMS_CWMP_GET_PARAMETER_NAMES, GPN);
	periodic(f);
	assert_int_equal(first->g_n, 1);
	assert_int_equal(second->state, PROV_COMMAND_QUEUED);
	assert_int_equal(other->g_n, 2);
}

static void all_stops_at_the_first_that_is_not_done(void **state)
{
	struct fixture *f = *state;
	struct prov_group *g = group(f, PROV_GROUP_ALL, 3, "[null,null,null]");
	struct prov_command *m[3];

	for (int i = 0; i < 3; i++)
		m[i] = member(f, i + 1, HMS_CWMP_GET_PARAMETER_NAMES, GPN);
	periodic(f);
	done(f, m[0]);
	fixture_result(f, m[1], HMS__RPC_RESULT__OUTCOME__FAULT, 9005);
	assert_int_equal(m[2]->state, PROV_COMMAND_CANCELLED);
	assert_int_equal(m[2]->tries, 0);
	assert_true(hms_str_eqz(m[2]->note, "not sent: member 2, GetParameterNames, ended faulted 9005"));
	assert_int_equal(g->state, PROV_GROUP_IS_FAILED);
	assert_int_equal(g->done, 1);
}

static void independent_ones_go_on(void **state)
{
	struct fixture *f = *state;
	struct prov_group *g = group(f, PROV_GROUP_INDEPENDENT, 2, "[null,null]");
	struct prov_command *first = member(f, 1, HMS_CWMP_GET_PARAMETER_NAMES, GPN),
			    *second = member(f, 2, HMS_CWMP_GET_PARAMETER_NAMES, GPN);

	periodic(f);
	assert_int_equal(second->state, PROV_COMMAND_GRANTED); /* with the first one */
	fixture_result(f, first, HMS__RPC_RESULT__OUTCOME__FAULT, 9005);
	assert_int_equal(g->state, PROV_GROUP_IS_OPEN);
	done(f, second);
	assert_int_equal(g->state, PROV_GROUP_IS_FAILED);
	assert_int_equal(g->done, 1);
	assert_int_equal(g->failed, 1);
}

static const char UNDO[] =
	"[{\"kind\":\"DeleteObject\",\"arguments\":{\"ObjectName\":\"Device.A.1.\"}},null,"
	"{\"kind\":\"SetParameterValues\",\"arguments\":{\"ParameterList\":[{\"Name\":\"Device.B\",\"Value\":\"0\"}]}},null]";

static struct prov_group *failed_at_4(struct fixture *f)
{
	struct prov_group *g = group(f, PROV_GROUP_UNDO, 4, UNDO);
	struct prov_command *m[4];

	for (int i = 0; i < 4; i++)
		m[i] = member(f, i + 1, HMS_CWMP_GET_PARAMETER_NAMES, GPN);
	periodic(f);
	for (int i = 0; i < 3; i++)
		done(f, m[i]);
	fixture_result(f, m[3], HMS__RPC_RESULT__OUTCOME__FAULT, 9005);
	assert_int_equal(g->state, PROV_GROUP_IS_UNDOING);
	return g;
}

static struct prov_command *undoing(struct fixture *f)
{
	for (size_t i = 0; i < f->d.command_count; i++)
		if (f->d.commands[i]->state == PROV_COMMAND_GRANTED)
			return f->d.commands[i];
	return NULL;
}

static void what_is_done_is_undone_backwards(void **state)
{
	struct fixture *f = *state;
	struct prov_group *g = failed_at_4(f);

	assert_int_equal(undoing(f)->method, HMS_CWMP_SET_PARAMETER_VALUES);
	assert_true(fixture_sends(undoing(f), "Device.B"));
	assert_true(hms_str_eqz(undoing(f)->purpose, PROV_PURPOSE_UNDO));
	done(f, undoing(f));
	assert_int_equal(undoing(f)->method, HMS_CWMP_DELETE_OBJECT);
	assert_int_equal(g->state, PROV_GROUP_IS_UNDOING);
	done(f, undoing(f));
	assert_int_equal(g->state, PROV_GROUP_IS_UNDONE);
	assert_int_equal(g->undone, 2);
	assert_null(undoing(f));
}

static void an_undo_that_fails_ends_the_group_and_says_so(void **state)
{
	struct fixture *f = *state;
	struct prov_group *g = failed_at_4(f);

	fixture_result(f, undoing(f), HMS__RPC_RESULT__OUTCOME__FAULT, 9003);
	assert_int_equal(g->state, PROV_GROUP_IS_UNDO_FAILED);
	assert_null(undoing(f));
	assert_true(hms_str_eqz(g->note, "member 4, GetParameterNames, ended faulted 9005; SetParameterValues to undo ended faulted"));
}

static void an_undo_that_cannot_be_sent_is_refused_before_anything(void **state)
{
	struct fixture *f = *state;
	struct prov_group *g = group(f, PROV_GROUP_UNDO, 2, "[{\"kind\":\"NoSuchMethod\"},null]");
	struct prov_command *first = member(f, 1, HMS_CWMP_GET_PARAMETER_NAMES, GPN),
			    *second = member(f, 2, HMS_CWMP_GET_PARAMETER_NAMES, GPN);

	periodic(f);
	done(f, first);
	fixture_result(f, second, HMS__RPC_RESULT__OUTCOME__FAULT, 9005);
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(g->state, PROV_GROUP_IS_UNDO_FAILED);
}

static void nothing_done_is_nothing_to_undo(void **state)
{
	struct fixture *f = *state;
	struct prov_group *g = group(f, PROV_GROUP_UNDO, 2, UNDO);
	struct prov_command *first = member(f, 1, HMS_CWMP_GET_PARAMETER_NAMES, GPN);

	member(f, 2, HMS_CWMP_GET_PARAMETER_NAMES, GPN);
	periodic(f);
	fixture_result(f, first, HMS__RPC_RESULT__OUTCOME__FAULT, 9005);
	assert_int_equal(g->state, PROV_GROUP_IS_UNDONE);
	assert_int_equal(g->undone, 0);
}

static void a_cancelled_group_with_undo_is_undone(void **state)
{
	struct fixture *f = *state;
	struct prov_group *g = group(f, PROV_GROUP_UNDO, 2, UNDO);
	struct prov_command *first = member(f, 1, HMS_CWMP_GET_PARAMETER_NAMES, GPN), *second = member(f, 2, HMS_CWMP_REBOOT, "{}");

	second->not_before = f->now_us + 100000000;
	periodic(f);
	done(f, first);
	second->cancel = true;
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(second->state, PROV_COMMAND_CANCELLED);
	fixture_work(f, PROV_WORK_LOOK); /* what undoes it is looked at before it is granted */
	assert_int_equal(undoing(f)->method, HMS_CWMP_DELETE_OBJECT);
	done(f, undoing(f));
	assert_int_equal(g->state, PROV_GROUP_IS_UNDONE);
}

/* A transfer is done when the device has said so. */
static void the_next_one_waits_for_the_end_of_a_transfer(void **state)
{
	struct fixture *f = *state;
	struct prov_command *first, *second;
	char key[33];

	group(f, PROV_GROUP_ALL, 2, "[null,null]");
	first = member(f, 1, HMS_CWMP_DOWNLOAD, "{\"FileType\":\"1 Firmware Upgrade Image\",\"URL\":\"http://x/y\"}");
	second = member(f, 2, HMS_CWMP_GET_PARAMETER_NAMES, GPN);
	periodic(f);
	fixture_answer(f, first, "DownloadResponse", "Status", "1", NULL);
	periodic(f);
	assert_int_equal(second->state, PROV_COMMAND_QUEUED);
	hms_command_key_text((uint64_t)first->id, 1, key);
	fixture_request(f, "TransferComplete", "CommandKey", key, "FaultStruct.FaultCode", "0", NULL);
	assert_int_equal(second->state, PROV_COMMAND_GRANTED);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(members_of_all_go_one_behind_the_other),
		T(others_of_the_device_do_not_wait_for_a_group),
		T(all_stops_at_the_first_that_is_not_done),
		T(independent_ones_go_on),
		T(what_is_done_is_undone_backwards),
		T(an_undo_that_fails_ends_the_group_and_says_so),
		T(an_undo_that_cannot_be_sent_is_refused_before_anything),
		T(nothing_done_is_nothing_to_undo),
		T(a_cancelled_group_with_undo_is_undone),
		T(the_next_one_waits_for_the_end_of_a_transfer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
