/* What may be kept of an envelope: no secret, whatever the document does to hide it from its reader. */
#include "cwmp_test.h"
#include "hms/cwmp/redact.h"

#define SECRET "hunter2-XyZ"
#define BODY(text)                                                                                                                         \
	"<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" " \
	"xmlns:cwmp=\"urn:dslforum-org:cwmp-1-0\"><soap:Header><cwmp:ID>17</cwmp:ID></soap:Header><soap:Body>" text                        \
	"</soap:Body></soap:Envelope>"
#define SET(rows) \
	BODY("<cwmp:SetParameterValues><ParameterList>" rows "</ParameterList><ParameterKey>k1</ParameterKey></cwmp:SetParameterValues>")
#define ROW(name, value) \
	"<ParameterValueStruct><Name>" name "</Name><Value xsi:type=\"xsd:string\">" value "</Value></ParameterValueStruct>"

static struct hms_arena *arena;
static struct hms_cwmp_secrets *seen;
static struct hms_cwmp_redacted out;

static int redact(struct hms_str body, struct hms_cwmp_redact more)
{
	more.body = body;
	more.seen = seen;
	more.soap_max = more.soap_max ? more.soap_max : 65536;
	more.rows_max = 100;
	hms_arena_reset(arena);
	return hms_cwmp_redact(arena, &more, &out);
}

static bool holds(const char *what)
{
	bool found = out.soap.p && memmem(out.soap.p, out.soap.len, what, strlen(what));

	for (size_t i = 0; i < out.row_count; i++)
		found |= memmem(out.rows[i].name.p, out.rows[i].name.len, what, strlen(what)) ||
			 memmem(out.rows[i].value.p, out.rows[i].value.len, what, strlen(what));
	return found;
}

static int setup(void **state)
{
	(void)state;
	arena = hms_arena_new(16 * 1024 * 1024);
	seen = hms_cwmp_secrets_new();
	return arena && seen ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	hms_cwmp_secrets_free(&seen);
	hms_arena_free(&arena);
	return 0;
}

static void test_secrets_are_known_by_the_last_part_of_their_names(void **state)
{
	static const char *const secrets[] = {
		"Device.ManagementServer.Password",
		"Device.ManagementServer.ConnectionRequestPassword",
		"Device.ManagementServer.STUNPassword",
		"InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.PreSharedKey.1.PreSharedKey",
		"Device.WiFi.AccessPoint.1.Security.KeyPassphrase",
		"Device.WiFi.AccessPoint.1.Security.WEPKey",
		"Device.WiFi.AccessPoint.1.Security.RadiusSecret",
		"Device.X_0200F0_AuthSharedSecret",
		"Device.X_VENDOR_Admin.PassWord2",
		"Device.Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.AuthPassword",
		"Device.IPsec.X_PSK",
		"Device.X_A_Key.1.",
		"Device.FAP.X_EAP.Ki",
		"DEVICE.X.PASSWORD",
		" Device.Users.User.1.Password ",
		"Password",
	};
	static const char *const others[] = {
		"Device.ManagementServer.Username",
		"Device.ManagementServer.ParameterKey",
		"CommandKey",
		"Device.ManagementServer.URL",
		"Device.X_Keyboard",
		"Device.DeviceInfo.SerialNumber",
		"Device.WiFi.AccessPoint.1.Security.ModeEnabled",
		"",
		"Device.",
		"Device.1.2.3.",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (!hms_cwmp_is_secret(hms_str(secrets[i])))
			fail_msg("%s is no secret", secrets[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (hms_cwmp_is_secret(hms_str(others[i])))
			fail_msg("%s is a secret", others[i]);
}

static void test_a_message_is_kept_with_its_names_values_and_id(void **state)
{
	(void)state;
	assert_int_equal(redact(HMS_STR(SET(ROW("Device.A", "1 &lt; 2") ROW("Device.B.Password", SECRET))), (struct hms_cwmp_redact){ 0 }),
			 0);
	assert_str(out.method, "SetParameterValues");
	assert_str(out.id, "17");
	assert_int_equal(out.row_count, 3);
	assert_str(out.rows[0].name, "Device.A");
	assert_str(out.rows[0].value, "1 < 2");
	assert_str(out.rows[1].name, "Device.B.Password");
	assert_str(out.rows[1].value, "***");
	assert_str(out.rows[2].name, "ParameterKey");
	assert_str(out.rows[2].value, "k1");
	assert_true(holds("<Name>Device.A</Name><Value xsi:type=\"xsd:string\">1 &lt; 2</Value>"));
	assert_true(holds("<Name>Device.B.Password</Name><Value xsi:type=\"xsd:string\">***</Value>"));
	assert_true(holds("<cwmp:SetParameterValues>"));
	assert_false(holds(SECRET));
	assert_false(out.cut);
}

/* Each of them has the secret in it, or what makes it up. */
static void test_no_way_of_writing_it_keeps_a_secret(void **state)
{
	static const char *const bodies[] = {
		SET(ROW("Device.B.P&#97;ss&#x77;ord", SECRET)),
		SET(ROW("<![CDATA[Device.B.Password]]>", "<![CDATA[" SECRET "]]>")),
		SET(ROW("Device.B.Pass<!-- -->word", "hunter2<!-- x -->-<![CDATA[X]]>y<?pi?>Z")),
		SET(ROW("\n\t Device.B.Password \n", SECRET)),
		SET("<ParameterValueStruct><Value>" SECRET "</Value><Name>Device.B.Password</Name></ParameterValueStruct>"),
		SET("<ParameterValueStruct><Name>Device.A</Name><Name>Device.B.Password</Name><Value>" SECRET
		    "</Value></ParameterValueStruct>"),
		SET("<ParameterValueStruct><Name>Device.B.Password</Name><Value>a</Value><Value>" SECRET "</Value></ParameterValueStruct>"),
		SET("<ParameterValueStruct><Name>Device.B.Password</Name><Value><x>" SECRET "</x></Value></ParameterValueStruct>"),
		SET("<ParameterValueStruct><Value>" SECRET "</Value></ParameterValueStruct>"),
		SET("<p:S xmlns:p=\"urn:x\"><p:Name>Device.B.Password</p:Name><p:Value>" SECRET "</p:Value></p:S>"),
		SET("<ParameterValueStruct><Name>Device.B.Password</Name><Value x=\"" SECRET
		    "\" xsi:type=\"xsd:string\"/></ParameterValueStruct>"),
		SET("<ParameterValueStruct><Name>Device.B.Password</Name><Value href=\"#1\"/></ParameterValueStruct><multiRef id=\"1\">" SECRET
		    "</multiRef>"),
		SET("<!-- " SECRET " --><?x " SECRET "?><ParameterValueStruct>" SECRET "<Name>Device.A</Name></ParameterValueStruct>"),
		BODY("<cwmp:Download><URL>http://u:" SECRET "@h/f</URL><Username>" SECRET "</Username><Password>" SECRET
		     "</Password></cwmp:Download>"),
		BODY("<cwmp:Upload><URL>ftp://h/f?sig=" SECRET "</URL><Username>x</Username><Password>" SECRET "</Password></cwmp:Upload>"),
		BODY("<cwmp:ScheduleDownload><URL>x https://a/d/0123456789012345678901234" SECRET "/f.bin y</URL></cwmp:ScheduleDownload>"),
		BODY("<cwmp:ChangeDUState><Operations><Operations><Username>" SECRET "</Username><Password>" SECRET
		     "</Password></Operations></Operations></cwmp:ChangeDUState>"),
		BODY("<cwmp:SetVouchers><VoucherList><base64>x</base64><Voucher>" SECRET "</Voucher></VoucherList></cwmp:SetVouchers>"),
		BODY("<cwmp:GetParameterValuesResponse><ParameterList>" ROW("A.PreSharedKey",
									    SECRET) "</ParameterList></cwmp:GetParameterValuesResponse>"),
		BODY("<cwmp:Inform><ParameterList>" ROW("Device.X_A_Secret.7.", SECRET) "</ParameterList></cwmp:Inform>"),
		BODY("<cwmp:RequestDownload><FileTypeArg><ArgStruct><Name>password</Name><Value>" SECRET
		     "</Value></ArgStruct></FileTypeArg></cwmp:RequestDownload>"),
		BODY("<cwmp:X_0200F0_Login><AdminPassword>" SECRET "</AdminPassword></cwmp:X_0200F0_Login>"),
		BODY("<soap:Fault><faultstring>bad " SECRET
		     "</faultstring><detail><cwmp:Fault><FaultCode>9003</FaultCode><FaultString>" SECRET
		     " is bad</FaultString></cwmp:Fault></detail></soap:Fault>"),
		BODY("<cwmp:TransferComplete><FaultStruct><FaultCode>9010</FaultCode><FaultString>login with " SECRET
		     "</FaultString></FaultStruct></cwmp:TransferComplete>"),
	};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		teardown(state); /* nothing is known from before */
		setup(state);
		assert_int_equal(redact(hms_str(bodies[i]), (struct hms_cwmp_redact){ 0 }), 0);
		assert_true(out.soap.len > 0);
		if (holds(SECRET))
			fail_msg("%zu: %.*s", i, HMS_STR_FMT(out.soap));
	}
}

/* Wherever a long message is cut, no part of the secret is left, and what is kept before it is. */
static void test_no_cut_leaves_a_part_of_a_secret(void **state)
{
	static const char body[] = SET(ROW("Device.A", "first") ROW("Device.B.Password", SECRET) ROW("Device.C", "last"));
	static const char turned[] = SET("<ParameterValueStruct><Value>" SECRET
					 "</Value><Name>Device.B.Password</Name></ParameterValueStruct>" ROW("Device.C", "last"));
	static const char *const parts[] = { "hunt", "ter2", "-XyZ" };
	bool kept = false;

	for (size_t n = 0; n < sizeof(body); n++) {
		const struct hms_str cuts[] = { { body, n }, { turned, n < sizeof(turned) ? n : sizeof(turned) - 1 } };

		for (size_t c = 0; c < 2; c++) {
			teardown(state);
			setup(state);
			if (redact(cuts[c], (struct hms_cwmp_redact){ .cut = true }))
				continue;
			assert_true(out.cut);
			for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
				assert_false(holds(parts[i]));
			kept |= holds("first");
		}
	}
	assert_true(kept);
	for (size_t max = 0; max < sizeof(body); max++) {
		assert_int_equal(redact(hms_str(body), (struct hms_cwmp_redact){ .soap_max = max + 1 }), 0);
		assert_true(out.soap.len <= max + 1);
		assert_false(holds("hunt"));
	}
}

static void test_what_was_a_secret_is_one_in_every_later_text(void **state)
{
	(void)state;
	assert_int_equal(
		redact(HMS_STR(SET(ROW("Device.B.Password", SECRET) ROW("Device.X.TokenNeeded", "true"))), (struct hms_cwmp_redact){ 0 }),
		0);
	assert_int_equal(
		redact(HMS_STR(BODY(
			       "<soap:Fault><detail><cwmp:Fault><FaultCode>9003</FaultCode><FaultString>Invalid arguments</FaultString>"
			       "<SetParameterValuesFault><ParameterName>Device.C</ParameterName><FaultCode>9007</FaultCode><FaultString>not "
			       "true: " SECRET "</FaultString></SetParameterValuesFault><SetParameterValuesFault><ParameterName>Device.B."
			       "Password</ParameterName><FaultCode>9007</FaultCode><FaultString>too weak</FaultString>"
			       "</SetParameterValuesFault></cwmp:Fault></detail></soap:Fault>")),
		       (struct hms_cwmp_redact){ .texts = true }),
		0);
	assert_false(holds(SECRET));
	assert_false(holds("too weak"));
	assert_str(out.method, "Fault");
	assert_int_equal(out.row_count, 4);
	assert_str(out.rows[0].value, "9003");
	assert_str(out.rows[1].value, "Invalid arguments");
	assert_str(out.rows[2].name, "Device.C");
	assert_str(out.rows[2].value, "9007 not true: ***");
	assert_str(out.rows[3].name, "Device.B.Password");
	assert_str(out.rows[3].value, "9007 ***");
}

/* Profiles and grants name more than the table does. */
static void test_names_can_be_added(void **state)
{
	const struct hms_str names[] = { HMS_STR("Device.X_Odd.Thing"), HMS_STR("Code") };

	(void)state;
	assert_int_equal(
		redact(HMS_STR(SET(ROW("Device.X_Odd.Thing", SECRET) ROW("Device.A.code", "4711-" SECRET) ROW("Device.A.Other", "here"))),
		       (struct hms_cwmp_redact){ .names = names, .name_count = 2 }),
		0);
	assert_false(holds(SECRET));
	assert_true(holds("here"));
}

static void test_what_cannot_be_read_is_not_kept(void **state)
{
	static const char *const bodies[] = {
		"",
		"x",
		"<",
		"<a/>",
		"<soap:Envelope>",
		"{\"Password\": \"" SECRET "\"}",
		"<Envelope><Body>" SECRET "</Envelope>",
		"<!DOCTYPE x [<!ENTITY s \"" SECRET "\">]>" BODY("<a>&s;</a>"),
		BODY("<a b=\"1\" b=\"" SECRET "\"") "",
		BODY("") BODY("<Password>" SECRET "</Password>"),
	};
	char long_tag[20000] = "<Envelope a=\"";

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		if (redact(hms_str(bodies[i]), (struct hms_cwmp_redact){ 0 }) == 0)
			fail_msg("%zu: %.*s", i, HMS_STR_FMT(out.soap));
	memset(long_tag + strlen(long_tag), 'x', sizeof(long_tag) - 1 - strlen(long_tag));
	assert_int_equal(redact(hms_str(long_tag), (struct hms_cwmp_redact){ .cut = true }), HMS_ESYNTAX);
	assert_int_equal(redact(HMS_STR(SET("")), (struct hms_cwmp_redact){ .charset = HMS_STR("klingon") }), HMS_ECHARSET);
}

static void test_charsets_and_what_devices_get_wrong_are_as_the_reader_has_them(void **state)
{
	static const char latin[] =
		"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" SET(ROW("Device.B.Password", SECRET "\xe4") ROW("Device.A", "\xfc"));
	static const char bare[] = SET(ROW("Device.B.Password", "a&" SECRET) ROW("Device.A", "b & c"));
	char wide[2 * sizeof(latin)];
	size_t n = 0;

	(void)state;
	assert_int_equal(redact(hms_str(latin), (struct hms_cwmp_redact){ 0 }), 0);
	assert_false(holds(SECRET));
	assert_true(holds("\xc3\xbc"));
	assert_int_equal(redact(hms_str(bare), (struct hms_cwmp_redact){ 0 }), 0);
	assert_false(holds(SECRET));
	assert_true(holds("b & c"));
	for (const char *p = SET(ROW("Device.B.Password", SECRET) ROW("Device.A", "wide")); *p; p++) {
		wide[n++] = *p;
		wide[n++] = '\0';
	}
	assert_int_equal(redact(hms_strn(wide, n), (struct hms_cwmp_redact){ 0 }), 0);
	assert_false(holds(SECRET));
	assert_true(holds("wide"));
}

static void test_urls_lose_what_lets_one_in(void **state)
{
	(void)state;
	assert_int_equal(
		redact(HMS_STR(BODY(
			       "<cwmp:Download><URL>https://user@files.example:8443/u/abc/image.bin?a=b#c</URL><FileSize>7</FileSize></cwmp:Download>")),
		       (struct hms_cwmp_redact){ 0 }),
		0);
	assert_str(out.rows[0].value, "https://***@files.example:8443/u/abc/image.bin?***");
	assert_str(out.rows[1].value, "7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_secrets_are_known_by_the_last_part_of_their_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_message_is_kept_with_its_names_values_and_id, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_way_of_writing_it_keeps_a_secret, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_cut_leaves_a_part_of_a_secret, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_was_a_secret_is_one_in_every_later_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names_can_be_added, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_cannot_be_read_is_not_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_charsets_and_what_devices_get_wrong_are_as_the_reader_has_them, setup, teardown),
		cmocka_unit_test_setup_teardown(test_urls_lose_what_lets_one_in, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
