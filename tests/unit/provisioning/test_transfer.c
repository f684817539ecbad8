/* Downloads and Uploads, and configuration by file (CMF-01 to CMF-06; contracts 7). */
#include "fixture.h"

#include "rpc_build.h"
#include "grant.pb-c.h"

static const char profile[] = "{\"kinds\":{\"hnb\":{\"configuration\":{\"delivery\":\"file\",\"send\":[\"umts.plmn\",\"umts.rnc\"]},"
			      "\"unlock\":{\"send\":[\"fap.admin_state\"]}}},"
			      "\"values\":{\"fap.admin_state\":\"true\",\"umts.plmn\":\"00101\",\"umts.rnc\":\"7\"}}";
static const char firmware[] = "{\"FileType\":\"1 Firmware Upgrade Image\",\"URL\":\"http://x/y\",\"FileSize\":5}";

static void unconfigured(struct fixture *f, const char *model)
{
	fixture_device(f, PROV_STATE_PROVISIONED);
	f->d.cold.kind = HMS_KIND_HNB;
	f->d.cold.model = hms_str(model);
	f->d.cold.oui = HMS_STR("00256D");
	f->d.cold.serial = f->d.cold.product_class = HMS_STR("1");
	f->d.cold.duties = PROV_DUTY_CONFIGURATION;
	fixture_profile(f, profile);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL);
}

static const char *key(struct fixture *f, const struct prov_command *c)
{
	char *text = hms_arena_alloc(f->ctx.arena, 33);

	hms_command_key_text((uint64_t)c->id, (uint32_t)c->tries, text);
	return text;
}

static void complete(struct fixture *f, const char *command_key, const char *code)
{
	fixture_request(f, "TransferComplete", "CommandKey", command_key, "FaultStruct.FaultCode", code, "FaultStruct.FaultString", "why",
			NULL);
}

static struct prov_command *running(struct fixture *f, const char *purpose)
{
	struct prov_command *c = fixture_last(f, purpose);

	assert_non_null(c);
	assert_int_equal(c->method, HMS_CWMP_DOWNLOAD);
	fixture_answer(f, c, "DownloadResponse", "Status", "1", NULL);
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
	return c;
}

static void a_configuration_goes_by_file_and_the_radio_waits_for_it(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	unconfigured(f, "tr098-tr196v1");
	assert_int_equal(f->d.file_count, 1);
	assert_non_null(memmem(f->d.files[0]->body.p, f->d.files[0]->body.len, "<PLMNID>00101</PLMNID>", 22));
	assert_non_null(memmem(f->d.files[0]->body.p, f->d.files[0]->body.len, "32.584#configData", 17));
	c = running(f, "configuration");
	assert_null(fixture_last(f, "unlock"));
	complete(f, key(f, c), "0");
	assert_int_equal(c->state, PROV_COMMAND_DONE);
	assert_int_equal(f->d.file_count, 2); /* it goes away: it may hold secrets */
	assert_null(f->d.files[1]->body.p);
	assert_memory_equal(f->d.files[0]->id, f->d.files[1]->id, 16);
	assert_int_equal(fixture_last(f, "unlock")->state, PROV_COMMAND_GRANTED);
}

static void a_cell_that_begins_anew_does_not_wait_for_the_file_of_its_life_before(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c, *next;

	unconfigured(f, "tr098-tr196v1");
	c = running(f, "configuration");
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_BOOTSTRAP, "", NULL, NULL);
	assert_int_equal(c->state, PROV_COMMAND_UNKNOWN);
	prov_device_set_state(&f->d, f->ctx.arena, PROV_STATE_PROVISIONED, NULL);
	f->d.cold.duties = PROV_DUTY_CONFIGURATION;
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL);
	next = running(f, "configuration");
	assert_ptr_not_equal(next, c);
	complete(f, key(f, c), "0"); /* evidence, however late */
	assert_int_equal(c->state, PROV_COMMAND_DONE);
	assert_int_equal(next->state, PROV_COMMAND_RUNNING);
}

static void without_a_file_server_the_values_are_set(void **state)
{
	struct fixture *f = *state;

	f->files.base = HMS_STR("");
	unconfigured(f, "tr098-tr196v1");
	assert_int_equal(f->d.file_count, 0);
	assert_int_equal(fixture_last(f, "configuration")->method, HMS_CWMP_SET_PARAMETER_VALUES);
}

static void other_models_get_their_own_tree(void **state)
{
	struct fixture *f = *state;

	unconfigured(f, "tr181-tr196v2-umts");
	assert_non_null(memmem(f->d.files[0]->body.p, f->d.files[0]->body.len, "<FAPService index=\"1\">", 22));
}

static void a_file_that_the_device_refuses_fails_the_procedure(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	unconfigured(f, "tr098-tr196v1");
	c = running(f, "configuration");
	complete(f, key(f, c), "9018");
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	assert_int_equal(c->fault, 9018);
	assert_int_equal(f->d.cold.state, PROV_STATE_FAILED);
	assert_null(fixture_last(f, "unlock"));
}

static void a_device_without_download_gets_the_same_by_values(void **state)
{
	struct fixture *f = *state;

	unconfigured(f, "tr098-tr196v1");
	fixture_result(f, fixture_step(f), HMS__RPC_RESULT__OUTCOME__FAULT, 9000);
	assert_int_equal(f->d.cold.state, PROV_STATE_PROVISIONED);
	assert_int_equal(fixture_step(f)->method, HMS_CWMP_SET_PARAMETER_VALUES);
	assert_true(fixture_sends(fixture_step(f), "CN.PLMNID"));
}

static void a_file_that_could_not_be_fetched_is_replaced_by_values_with_an_alarm(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	unconfigured(f, "tr098-tr196v1");
	c = running(f, "configuration");
	complete(f, key(f, c), "9015");
	assert_int_equal(f->d.cold.state, PROV_STATE_PROVISIONED);
	assert_non_null(f->d.alarms);
	assert_int_equal(fixture_step(f)->method, HMS_CWMP_SET_PARAMETER_VALUES);
}

static struct prov_command *download(struct fixture *f)
{
	struct prov_command *c;

	if (!f->d.exists)
		fixture_device(f, PROV_STATE_SETTLED);
	c = fixture_command(f, HMS_CWMP_DOWNLOAD, firmware);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL);
	fixture_dispatched(f, (uint64_t)c->id, f->sid, (uint32_t)c->g_n);
	return c;
}

static void status_0_ends_a_transfer_at_once(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = download(f);

	fixture_answer(f, c, "DownloadResponse", "Status", "0", NULL);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
}

static void an_empty_command_key_names_the_only_transfer_that_runs(void **state)
{
	struct fixture *f = *state;
	struct prov_command *first = download(f), *second;

	fixture_answer(f, first, "DownloadResponse", "Status", "1", NULL);
	second = download(f);
	fixture_answer(f, second, "DownloadResponse", "Status", "1", NULL);
	complete(f, "", "0"); /* which one? */
	assert_int_equal(first->state, PROV_COMMAND_RUNNING);
	assert_int_equal(second->state, PROV_COMMAND_RUNNING);
	complete(f, key(f, first), "0");
	complete(f, "", "9010");
	assert_int_equal(first->state, PROV_COMMAND_DONE);
	assert_int_equal(second->fault, 9010);
}

static void transfer_complete_settles_doubt(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = download(f);

	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL); /* the answer was lost */
	assert_int_equal(c->state, PROV_COMMAND_DOUBT);
	complete(f, key(f, c), "0");
	assert_int_equal(c->state, PROV_COMMAND_DONE);
}

static void a_repeated_transfer_complete_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = download(f);
	size_t notes;

	fixture_answer(f, c, "DownloadResponse", "Status", "1", NULL);
	complete(f, key(f, c), "0");
	notes = f->d.history_count;
	complete(f, key(f, c), "9010");
	assert_int_equal(c->state, PROV_COMMAND_DONE);
	assert_int_equal(f->d.history_count, notes);
}

static void a_transfer_complete_that_is_not_ours_is_noted_alone(void **state)
{
	static const char *const keys[] = { "somebody's", "H", "", "H0000000000000.1" };
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_SETTLED);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		complete(f, keys[i], "0");
	assert_int_equal(f->d.request_count, sizeof(keys) / sizeof(keys[0]));
	fixture_request(f, "AutonomousTransferComplete", "TransferURL", "http://\"x", NULL);
	assert_string_equal(f->d.requests[4]->method, "AutonomousTransferComplete");
	assert_non_null(strstr(f->d.requests[4]->detail, "TransferURL"));
}

static void a_fault_code_that_is_none_is_a_failure_all_the_same(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = download(f);

	fixture_answer(f, c, "DownloadResponse", "Status", "1", NULL);
	complete(f, key(f, c), "broken");
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	assert_int_equal(c->fault, 9002);
}

/* ---------------------------------------------------------------- arguments */

static const Hms__Grant *packed(struct fixture *f, const struct prov_command *c)
{
	ProtobufCAllocator allocator = hms_arena_allocator(f->ctx.arena);
	struct hms_err err = { 0 };
	struct hms_str bytes;

	assert_int_equal(prov_rpc_pack(f->ctx.arena, f->ctx.files, c, &bytes, &err), 0);
	return hms__grant__unpack(&allocator, bytes.len, (const uint8_t *)bytes.p);
}

static const char *argument(const Hms__Grant *g, const char *name)
{
	for (size_t i = 0; i < g->n_args; i++)
		if (strcmp(g->args[i]->name, name) == 0)
			return g->args[i]->value;
	return NULL;
}

static void a_download_has_its_arguments_in_the_order_of_tr069(void **state)
{
	static const char *const names[] = { "CommandKey", "FileType",	     "URL",	     "Username",   "Password",
					     "FileSize",   "TargetFileName", "DelaySeconds", "SuccessURL", "FailureURL" };
	struct fixture *f = *state;
	const Hms__Grant *g;

	fixture_device(f, PROV_STATE_SETTLED);
	g = packed(f, fixture_command(f, HMS_CWMP_DOWNLOAD, firmware));
	assert_int_equal(g->n_args, 10);
	for (size_t i = 0; i < 10; i++)
		assert_string_equal(g->args[i]->name, names[i]);
	assert_string_equal(argument(g, "FileSize"), "5");
	assert_true(g->unsafe);
}

static void files_of_hms_are_given_by_signed_url(void **state)
{
	struct fixture *f = *state;
	const Hms__Grant *g;
	struct hms_file_grant grant;
	const char *url;
	struct prov_command *c;

	fixture_device(f, PROV_STATE_SETTLED);
	c = fixture_command(f, HMS_CWMP_DOWNLOAD,
			    "{\"FileType\":\"1\",\"FileId\":\"00000000-0000-0000-0000-000000000001\",\"FileName\":\"a b\"}");
	g = packed(f, c);
	url = argument(g, "URL");
	assert_memory_equal(url, URL_FILES "/d/", strlen(URL_FILES "/d/"));
	assert_non_null(strstr(url, "/a%20b"));
	url += strlen(URL_FILES "/d/");
	assert_int_equal(hms_file_token_check(f->signer, hms_strn(url, strcspn(url, "/")), f->now_us, &grant), 0);
	assert_int_equal(grant.command_id, c->id);
	assert_int_equal(grant.file_id[15], 1);
	assert_int_equal(grant.expires_us, c->deadline);
	c = fixture_command(f, HMS_CWMP_UPLOAD, "{\"FileType\":\"X 00256D 3GPP Performance File\"}");
	url = argument(packed(f, c), "URL") + strlen(URL_FILES "/u/");
	assert_int_equal(hms_file_token_check(f->signer, hms_strn(url, strcspn(url, "/")), f->now_us, &grant), 0);
	assert_int_equal(grant.kind, 1); /* PM-05 */
}

static void a_grant_of_attributes_says_what_changes(void **state)
{
	struct fixture *f = *state;
	const Hms__Arg *row;

	fixture_device(f, PROV_STATE_SETTLED);
	row = packed(f, fixture_command(f, HMS_CWMP_SET_PARAMETER_ATTRIBUTES, "{\"ParameterList\":[{\"Name\":\"A.\",\"Notification\":2}]}"))
		      ->args[0]
		      ->children[0];
	assert_int_equal(row->n_children, 5);
	assert_string_equal(row->children[0]->value, "A.");
	assert_string_equal(row->children[1]->value, "1");
	assert_string_equal(row->children[2]->value, "2");
	assert_string_equal(row->children[3]->value, "0");
	assert_int_equal(row->children[4]->n_children, 0);
}

static void bad_payloads_are_refused(void **state)
{
	static const struct {
		enum hms_cwmp_method method;
		const char *payload;
	} bad[] = {
		{ HMS_CWMP_DOWNLOAD, "{}" },
		{ HMS_CWMP_DOWNLOAD, "{\"FileType\":\"1\"}" },
		{ HMS_CWMP_DOWNLOAD, "{\"FileType\":\"1\",\"FileId\":\"x\"}" },
		{ HMS_CWMP_DOWNLOAD, "{\"FileType\":\"1\",\"URL\":\"http://x\",\"FileSize\":-1}" },
		{ HMS_CWMP_DOWNLOAD, "{\"FileType\":\"1\",\"URL\":\"http://x\",\"FileSize\":\"5\"}" },
		{ HMS_CWMP_UPLOAD, "{\"FileType\":7}" },
		{ HMS_CWMP_ADD_OBJECT, "{\"ObjectName\":\"Device.A\"}" },
		{ HMS_CWMP_DELETE_OBJECT, "{}" },
		{ HMS_CWMP_SET_PARAMETER_ATTRIBUTES, "{\"ParameterList\":[]}" },
		{ HMS_CWMP_SET_PARAMETER_ATTRIBUTES, "{\"ParameterList\":[{\"Name\":\"A\",\"Notification\":7}]}" },
		{ HMS_CWMP_SET_PARAMETER_ATTRIBUTES, "{\"ParameterList\":[{\"Name\":\"A\",\"AccessList\":[1]}]}" },
		{ HMS_CWMP_GET_PARAMETER_ATTRIBUTES, "{\"ParameterNames\":\"A\"}" },
	};
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_SETTLED);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct prov_command *c = fixture_command(f, bad[i].method, bad[i].payload);
		struct hms_err err = { 0 };

		assert_int_equal(prov_rpc_check(f->ctx.arena, f->ctx.files, c, &err), HMS_EINVAL);
		assert_true(err.text[0]);
	}
}

static void an_object_that_an_earlier_try_deleted_is_deleted(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	fixture_device(f, PROV_STATE_SETTLED);
	c = fixture_command(f, HMS_CWMP_DELETE_OBJECT, "{\"ObjectName\":\"Device.A.1.\"}");
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL);
	assert_int_equal(c->tries, 2);
	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__FAULT, 9005);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
	assert_int_equal(c->fault, 0);
	assert_true(hms_str_eqz(c->note, "9005 when it was repeated: the object is not there")); /* who deleted it is not known */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(a_configuration_goes_by_file_and_the_radio_waits_for_it),
		T(a_cell_that_begins_anew_does_not_wait_for_the_file_of_its_life_before),
		T(without_a_file_server_the_values_are_set),
		T(other_models_get_their_own_tree),
		T(a_file_that_the_device_refuses_fails_the_procedure),
		T(a_device_without_download_gets_the_same_by_values),
		T(a_file_that_could_not_be_fetched_is_replaced_by_values_with_an_alarm),
		T(status_0_ends_a_transfer_at_once),
		T(an_empty_command_key_names_the_only_transfer_that_runs),
		T(transfer_complete_settles_doubt),
		T(a_repeated_transfer_complete_changes_nothing),
		T(a_transfer_complete_that_is_not_ours_is_noted_alone),
		T(a_fault_code_that_is_none_is_a_failure_all_the_same),
		T(a_download_has_its_arguments_in_the_order_of_tr069),
		T(files_of_hms_are_given_by_signed_url),
		T(a_grant_of_attributes_says_what_changes),
		T(bad_payloads_are_refused),
		T(an_object_that_an_earlier_try_deleted_is_deleted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
