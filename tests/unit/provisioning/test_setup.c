/* What is set up on a registered cell: notifications, alarm list, PM uploads (FM-03, IPC-02, PM-01, PM-02). */
#include "fixture.h"

#include <stdlib.h>

#define KINDS "{\"kinds\":{\"hnb\":{"
#define ATTRIBUTES                                                                                                 \
	"\"attributes\":{\"notify\":{\"fault.expedited\":2,\"fault.queued\":1,\"fap.op_state\":2,\"no.such\":2}}," \
	"\"notifications\":{\"notify\":{\"tunnel.address\":2}},"
#define UNLOCK "\"unlock\":{\"send\":[\"fap.admin_state\"]}}},"
#define VALUES                                                                                                                          \
	"\"values\":{\"fap.admin_state\":\"true\",\"pm.enable\":\"true\",\"pm.interval\":\"900\",\"pm.time\":\"2026-01-01T00:00:00Z\"," \
	"\"pm.url\":\"{files.pm_url}\",\"pm.config\":\"{pm.row}\",\"pm.username\":\"{device.username}\"}}"
#define PM \
	"\"pm\":{\"send\":[\"pm.enable\",\"pm.interval\",\"pm.time\",\"pm.url\",\"pm.config\",\"pm.username\"],\"require\":[\"pm.url\"]},"

static const char with_all[] = KINDS ATTRIBUTES PM UNLOCK VALUES;
static const char with_pm[] = KINDS PM UNLOCK VALUES;
static const char without[] = KINDS UNLOCK VALUES;

static void registered(struct fixture *f, const char *model, const char *profile, unsigned duties)
{
	fixture_device(f, PROV_STATE_IN_SERVICE);
	f->d.cold.kind = HMS_KIND_HNB;
	f->d.cold.model = hms_str(model);
	f->d.cold.oui = HMS_STR("00256D");
	f->d.cold.serial = HMS_STR("0001");
	f->d.cold.product_class = HMS_STR("HNB");
	f->d.cold.unlocked = f->d.cold.op_state = true;
	f->d.cold.duties = (int32_t)duties;
	fixture_profile(f, profile);
}

static void here(struct fixture *f, uint32_t classes) { fixture_inform(f, 2, URL_SERVING, classes, "", NULL, NULL); }

static struct prov_command *step(struct fixture *f, const char *purpose)
{
	struct prov_command *c = fixture_step(f);

	assert_non_null(c);
	assert_true(hms_str_eqz(c->purpose, purpose));
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	return c;
}

static void done(struct fixture *f, const char *purpose) { fixture_result(f, step(f, purpose), HMS__RPC_RESULT__OUTCOME__RESPONSE, 0); }

static void notification_attributes_are_put_by_logical_names(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	registered(f, "tr098-tr196v1", with_all, PROV_DUTY_ATTRIBUTES | PROV_DUTY_NOTIFICATIONS);
	assert_false(prov_device_settled(&f->d));
	here(f, HMS_EVENT_PERIODIC);
	c = step(f, "attributes");
	assert_int_equal(c->method, HMS_CWMP_SET_PARAMETER_ATTRIBUTES);
	assert_true(fixture_sends(c, V1 "FaultMgmt.ExpeditedEvent.\",\"Notification\":2"));
	assert_true(fixture_sends(c, V1 "FaultMgmt.QueuedEvent.\",\"Notification\":1"));
	assert_true(fixture_sends(c, V1_OPSTATE));
	assert_false(fixture_sends(c, "no.such"));
	done(f, "attributes");
	assert_true(fixture_sends(step(f, "notifications"), "IKESA.1.IPAddress"));
	done(f, "notifications");
	assert_true(prov_device_settled(&f->d));
}

static void a_denied_notification_is_noted_and_nothing_more(void **state)
{
	struct fixture *f = *state;

	registered(f, "tr098-tr196v1", with_all, PROV_DUTY_NOTIFICATIONS);
	here(f, HMS_EVENT_PERIODIC);
	fixture_result(f, step(f, "notifications"), HMS__RPC_RESULT__OUTCOME__FAULT, 9009); /* IPC-02 */
	assert_int_equal(f->d.cold.state, PROV_STATE_IN_SERVICE);
	assert_null(f->d.alarms);
	assert_true(prov_device_settled(&f->d));
}

static void refused_attributes_raise_an_alarm_that_a_later_success_clears(void **state)
{
	struct fixture *f = *state;

	registered(f, "tr098-tr196v1", with_all, PROV_DUTY_ATTRIBUTES);
	here(f, HMS_EVENT_PERIODIC);
	fixture_result(f, step(f, "attributes"), HMS__RPC_RESULT__OUTCOME__FAULT, 9003);
	assert_int_equal(f->d.cold.state, PROV_STATE_IN_SERVICE);
	assert_false(f->d.alarms->alarm.cleared);
	f->d.cold.duties |= PROV_DUTY_ATTRIBUTES;
	here(f, HMS_EVENT_PERIODIC);
	done(f, "attributes");
	assert_true(f->d.alarms->alarm.cleared);
}

static void an_unanswered_step_is_asked_for_again_at_the_next_inform(void **state)
{
	struct fixture *f = *state;
	struct prov_command *first;

	registered(f, "tr098-tr196v1", with_all, PROV_DUTY_ATTRIBUTES);
	here(f, HMS_EVENT_PERIODIC);
	first = step(f, "attributes");
	here(f, 0);
	assert_int_equal(first->state, PROV_COMMAND_CANCELLED);
	assert_ptr_not_equal(step(f, "attributes"), first);
}

static void a_boot_has_the_alarm_list_read_with_its_number(void **state)
{
	struct fixture *f = *state;

	registered(f, "tr098-tr196v1", without, 0);
	here(f, HMS_EVENT_BOOT);
	done(f, "unlock"); /* U-REG-08 */
	assert_true(fixture_sends(step(f, "alarms"), V1 "FaultMgmt.CurrentAlarmNumberOfEntries"));
	assert_true(fixture_sends(step(f, "alarms"), V1 "FaultMgmt.CurrentAlarm.\""));
	for (int i = 0; i < 3; i++) /* both, then each (PH-5) */
		fixture_result(f, step(f, "alarms"), HMS__RPC_RESULT__OUTCOME__FAULT, 9005);
	assert_true(prov_device_settled(&f->d));
}

static void nothing_is_set_up_at_an_initial_hms(void **state)
{
	struct fixture *f = *state;

	registered(f, "tr098-tr196v1", with_all, PROV_DUTIES_OPEN);
	f->d.cold.listener_role = 1;
	f->d.hot.sid = 5;
	f->d.hot.hold_until = f->now_us + 10000000;
	fixture_work(f, PROV_WORK_LOOK);
	assert_null(fixture_step(f));
}

static void pm_of_tr196v1_is_set_with_a_signed_url_and_expected_once_confirmed(void **state)
{
	struct fixture *f = *state;

	registered(f, "tr098-tr196v1", with_pm, PROV_DUTY_PM);
	here(f, HMS_EVENT_PERIODIC);
	assert_true(fixture_sends(step(f, "pm"), V1 "PerfMgmt.FileMgmt.PeriodicUploadInterval\",\"Value\":\"900\""));
	assert_true(fixture_sends(step(f, "pm"), URL_FILES "/u/"));
	assert_true(fixture_sends(step(f, "pm"), "\"00256D-HNB-0001\""));
	assert_false(f->d.pm.known);
	done(f, "pm");
	assert_true(f->d.pm.known);
	assert_int_equal(f->d.pm.interval_s, 900);
	assert_int_equal(f->d.pm.phase_us, 1767225600000000);
	assert_int_not_equal(f->d.cold.pm_hash, 0);
}

/* As PostgreSQL gives a jsonb back: with blanks, and its members in another order. */
static struct hms_str respelt(struct fixture *f, struct hms_str payload)
{
	json_t *root = json_loadb(payload.p, payload.len, 0, NULL);
	char *text = json_dumps(root, JSON_SORT_KEYS | JSON_INDENT(1));
	struct hms_str kept = hms_arena_str(f->ctx.arena, hms_str(text));

	json_decref(root);
	free(text);
	return kept;
}

static void pm_that_a_profile_does_not_want_any_more_is_switched_off(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	registered(f, "tr098-tr196v1", with_pm, PROV_DUTY_PM);
	here(f, HMS_EVENT_PERIODIC);
	c = step(f, "pm");
	c->payload = respelt(f, c->payload);
	done(f, "pm");
	here(f, HMS_EVENT_VALUE_CHANGE);
	assert_null(fixture_step(f)); /* it is as it should be */
	fixture_profile(f, without);
	f->d.pm.known = false;
	here(f, HMS_EVENT_VALUE_CHANGE);
	assert_true(fixture_sends(step(f, "pm"), "PeriodicUploadEnable\",\"Value\":\"false\"")); /* PM-02 */
	done(f, "pm");
	assert_true(f->d.pm.known);
	assert_int_equal(f->d.pm.interval_s, 0);
	assert_int_equal(f->d.cold.pm_hash, 0);
	here(f, HMS_EVENT_VALUE_CHANGE);
	assert_null(fixture_step(f));
}

static void pm_of_tr196v2_finds_its_row_before_it_adds_one(void **state)
{
	struct fixture *f = *state;

	registered(f, "tr181-tr196v2-umts", with_pm, PROV_DUTY_PM);
	here(f, HMS_EVENT_PERIODIC);
	fixture_answer(f, step(f, "pm_find"), "GetParameterNamesResponse", NULL, NULL, "Device.FAP.PerfMgmt.Config.7.", "",
		       "Device.FAP.PerfMgmt.Config.3.", "", "Device.Other.1.", "", NULL);
	assert_int_equal(f->d.cold.pm_instance, 3);
	assert_true(fixture_sends(step(f, "pm"), "Device.FAP.PerfMgmt.Config.3.PeriodicUploadInterval"));
	assert_true(fixture_sends(step(f, "pm"), "FAPControl.UMTS.PMConfig\",\"Value\":\"Device.FAP.PerfMgmt.Config.3\""));
}

static void an_added_row_is_remembered_and_one_whose_answer_was_lost_is_looked_for(void **state)
{
	struct fixture *f = *state;
	struct prov_command *add;

	registered(f, "tr181-tr196v2-umts", with_pm, PROV_DUTY_PM);
	here(f, HMS_EVENT_PERIODIC);
	fixture_result(f, step(f, "pm_find"), HMS__RPC_RESULT__OUTCOME__FAULT, 9005);
	add = step(f, "pm_add");
	assert_int_equal(add->method, HMS_CWMP_ADD_OBJECT);
	fixture_dispatched(f, (uint64_t)add->id, f->sid, (uint32_t)add->g_n);
	here(f, 0);
	assert_int_equal(add->state, PROV_COMMAND_UNKNOWN);
	fixture_answer(f, step(f, "pm_find"), "GetParameterNamesResponse", NULL, NULL, NULL);
	fixture_answer(f, step(f, "pm_add"), "AddObjectResponse", "InstanceNumber", "4", NULL);
	assert_int_equal(f->d.cold.pm_instance, 4);
	done(f, "pm");
	assert_int_equal(f->d.pm.interval_s, 900);
}

static void a_bootstrap_ends_what_was_expected(void **state)
{
	struct fixture *f = *state;

	registered(f, "tr098-tr196v1", with_pm, 0);
	f->d.cold.pm_hash = 1;
	f->d.cold.pm_instance = 2;
	here(f, HMS_EVENT_BOOTSTRAP | HMS_EVENT_BOOT);
	assert_true(f->d.pm.known && f->d.pm.interval_s == 0);
	assert_int_equal(f->d.cold.pm_instance, 0);
}

static void pm_without_a_file_server_is_given_up_with_an_alarm(void **state)
{
	struct fixture *f = *state;

	registered(f, "tr098-tr196v1", with_pm, PROV_DUTY_PM);
	f->files.base = HMS_STR("");
	here(f, HMS_EVENT_PERIODIC);
	assert_null(fixture_step(f));
	assert_non_null(strstr(f->d.alarms->alarm.text, "files_url"));
	assert_true(prov_device_settled(&f->d));
}

/* ---------------------------------------------------------------- partial alarm rows */

#define ROW V1 "FaultMgmt.ExpeditedEvent.3."

static void a_partial_alarm_row_is_read_whole_in_the_same_session(void **state)
{
	struct fixture *f = *state;

	registered(f, "tr098-tr196v1", without, 0);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_VALUE_CHANGE, "", NULL, ROW "EventTime", "2026-05-01T12:00:00Z", ROW "AlarmIdentifier",
		       "A-1", ROW "NotificationType", "NewAlarm", NULL);
	assert_true(fixture_sends(step(f, "alarm_row"), "\"" ROW "\"]"));
	done(f, "alarm_row");
	assert_null(fixture_step(f));
}

static void a_whole_row_and_a_clear_are_not_read_again(void **state)
{
	struct fixture *f = *state;

	registered(f, "tr098-tr196v1", without, 0);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_VALUE_CHANGE, "", NULL, ROW "EventTime", "2026-05-01T12:00:00Z", ROW "AlarmIdentifier",
		       "A-1", ROW "NotificationType", "NewAlarm", ROW "EventType", "Communications Alarm", ROW "ProbableCause",
		       "Loss Of Signal", ROW "PerceivedSeverity", "Major", NULL);
	assert_null(fixture_step(f));
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_VALUE_CHANGE, "", NULL, ROW "EventTime", "2026-05-01T12:00:00Z", ROW "AlarmIdentifier",
		       "A-1", ROW "NotificationType", "ClearedAlarm", NULL);
	assert_null(fixture_step(f));
}

/* ---------------------------------------------------------------- devices that are no cells */

static const char for_phones[] = "{\"kinds\":{\"generic\":{\"credentials\":{}}}}";

static void phone_comes(struct fixture *f, const char *profile, const char *root_parameter)
{
	fixture_device(f, PROV_STATE_ALLOWED);
	f->d.cold.kind = HMS_KIND_UNKNOWN;
	f->d.cold.model = HMS_STR("");
	f->d.cold.oui = HMS_STR("00256D");
	f->d.cold.serial = HMS_STR("0001");
	f->d.cold.product_class = HMS_STR("Phone");
	fixture_profile(f, profile);
	fixture_inform(f, 3, URL_BOTH, HMS_EVENT_BOOTSTRAP | HMS_EVENT_BOOT, "", NULL, root_parameter, "1.0", NULL);
	assert_int_equal(f->d.cold.kind, HMS_KIND_GENERIC);
	assert_int_equal(f->d.cold.state, PROV_STATE_SETTLED);
}

static void a_phone_gets_credentials_by_the_names_of_its_root_and_is_settled_when_it_has_them(void **state)
{
	static const char *const roots[] = { "InternetGatewayDevice.", "Device." };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		char parameter[128], username[128], request[128];

		snprintf(parameter, sizeof(parameter), "%sDeviceInfo.SoftwareVersion", roots[i]);
		snprintf(username, sizeof(username), "%sManagementServer.Username", roots[i]);
		snprintf(request, sizeof(request), "%sManagementServer.ConnectionRequestPassword", roots[i]);
		phone_comes(f, for_phones, parameter);
		assert_false(prov_device_settled(&f->d));
		assert_true(fixture_sends(step(f, "credentials"), username) && fixture_sends(step(f, "credentials"), request));
		done(f, "credentials");
		assert_true(prov_device_settled(&f->d));
		assert_int_equal(f->d.cold.state, PROV_STATE_SETTLED);
		assert_null(fixture_step(f));
	}
}

static void a_phone_that_shows_little_is_known_by_its_parameter_key(void **state)
{
	phone_comes(*state, for_phones, "Device.ManagementServer.ParameterKey");
	step(*state, "credentials");
}

static void where_the_profile_says_nothing_of_phones_they_are_settled_at_once(void **state)
{
	static const char *const profiles[] = { without, "{\"kinds\":{\"generic\":{}}}" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
		phone_comes(f, profiles[i], "Device.DeviceInfo.SoftwareVersion");
		assert_null(fixture_step(f));
		assert_null(f->d.alarms);
		assert_true(prov_device_settled(&f->d));
	}
}

static void a_phone_that_refuses_its_credentials_stays_settled_with_an_alarm(void **state)
{
	struct fixture *f = *state;

	phone_comes(f, for_phones, "Device.DeviceInfo.SoftwareVersion");
	fixture_result(f, step(f, "credentials"), HMS__RPC_RESULT__OUTCOME__FAULT, 9003);
	assert_int_equal(f->d.cold.state, PROV_STATE_SETTLED);
	assert_true(prov_device_settled(&f->d));
	assert_false(f->d.alarms->alarm.cleared);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(notification_attributes_are_put_by_logical_names),
		T(a_denied_notification_is_noted_and_nothing_more),
		T(refused_attributes_raise_an_alarm_that_a_later_success_clears),
		T(an_unanswered_step_is_asked_for_again_at_the_next_inform),
		T(a_boot_has_the_alarm_list_read_with_its_number),
		T(nothing_is_set_up_at_an_initial_hms),
		T(pm_of_tr196v1_is_set_with_a_signed_url_and_expected_once_confirmed),
		T(pm_that_a_profile_does_not_want_any_more_is_switched_off),
		T(pm_of_tr196v2_finds_its_row_before_it_adds_one),
		T(an_added_row_is_remembered_and_one_whose_answer_was_lost_is_looked_for),
		T(a_bootstrap_ends_what_was_expected),
		T(pm_without_a_file_server_is_given_up_with_an_alarm),
		T(a_partial_alarm_row_is_read_whole_in_the_same_session),
		T(a_whole_row_and_a_clear_are_not_read_again),
		T(a_phone_gets_credentials_by_the_names_of_its_root_and_is_settled_when_it_has_them),
		T(a_phone_that_shows_little_is_known_by_its_parameter_key),
		T(where_the_profile_says_nothing_of_phones_they_are_settled_at_once),
		T(a_phone_that_refuses_its_credentials_stays_settled_with_an_alarm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
