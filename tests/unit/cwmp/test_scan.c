/* Each construct of XML is either read by the scanner, as the parser reads it, or left to the parser. */
#include "cwmp_test.h"

#include <stdlib.h>

#include "both.h"

/* An Inform with one piece of text, of markup in a tag, or of anything around it. */
#define TEXT(text) ENVELOPE(PLAIN_INFORM(text))
#define IN_TAG(markup) ENVELOPE("<cwmp:RebootResponse" markup "</cwmp:RebootResponse>")
#define DOCUMENT(before, after) before TEXT("1") after
#define DECLARATION(parts) DOCUMENT("<?xml" parts "?>", "")
#define X10(text) text text text text text text text text text text

struct row {
	const char *what;
	bool taken;
	struct hms_str doc;
};

#define TAKEN(what, literal)                                 \
	{                                                    \
		what, true, { literal, sizeof(literal) - 1 } \
	}
#define LEFT(what, literal)                                   \
	{                                                     \
		what, false, { literal, sizeof(literal) - 1 } \
	}

static const struct row documents[] = {
	TAKEN("no declaration", TEXT("1")),
	TAKEN("version", DECLARATION(" version=\"1.0\"")),
	TAKEN("encoding", DECLARATION(" version='1.0' encoding='utf-8'")),
	TAKEN("standalone", DECLARATION(" version = \"1.0\"\tencoding=\"UTF-8\" standalone=\"no\" ")),
	TAKEN("space behind the declaration", DOCUMENT("<?xml version=\"1.0\"?> \r\n\n", "")),
	LEFT("version 1.1", DECLARATION(" version=\"1.1\"")),
	LEFT("no version", DECLARATION(" encoding=\"UTF-8\"")),
	LEFT("another encoding", DECLARATION(" version=\"1.0\" encoding=\"ISO-8859-1\"")),
	LEFT("quoted space in the encoding", DECLARATION(" version=\"1.0\" encoding=\" UTF-8 \"")),
	LEFT("empty encoding", DECLARATION(" version=\"1.0\" encoding=\"\"")),
	LEFT("wrong order", DECLARATION(" encoding=\"UTF-8\" version=\"1.0\"")),
	LEFT("no space", DECLARATION(" version=\"1.0\"encoding=\"UTF-8\"")),
	LEFT("standalone maybe", DECLARATION(" version=\"1.0\" standalone=\"maybe\"")),
	LEFT("declaration without end", "<?xml version=\"1.0\""),
	LEFT("two declarations", DOCUMENT("<?xml version=\"1.0\"?><?xml version=\"1.0\"?>", "")),
	LEFT("byte order mark", DOCUMENT("\xef\xbb\xbf", "")),
	LEFT("DOCTYPE", DOCUMENT("<!DOCTYPE a>", "")),
	LEFT("comment before", DOCUMENT("<!-- c -->", "")),
	LEFT("comment behind", DOCUMENT("", "<!-- c -->")),
	LEFT("instruction before", DOCUMENT("<?pi?>", "")),
	LEFT("text before", DOCUMENT("x", "")),
	LEFT("text behind", DOCUMENT("", "x")),
	LEFT("element behind", DOCUMENT("", "<a/>")),
	LEFT("end tag behind", DOCUMENT("", "</a>")),
	LEFT("another root", "<a><b/></a>"),
	LEFT("nothing", ""),
	LEFT("one byte", "<"),
	LEFT("no end", "<Envelope><Body><Inform>"),
	LEFT("no end in text", "<Envelope><Body><Inform>x"),
	LEFT("no end in a tag", "<Envelope><Body"),
	LEFT("no end in an end tag", "<Envelope></Envelope"),
	TAKEN("nothing in the Body", "<Envelope><Body/></Envelope>"),
	LEFT("NUL behind", DOCUMENT("", "\0")),
};

static const struct row texts[] = {
	TAKEN("empty", TEXT("")),
	TAKEN("five entities", TEXT("&lt;a&gt; &amp;&quot;&apos;")),
	TAKEN("numbers", TEXT("&#65;&#x42;&#xfc;&#8364;&#x1F4E1;&#13;&#10;&#9;&#127;&#x85;")),
	TAKEN("UTF-8", TEXT("\xc3\xbc\xe2\x82\xac\xf0\x9f\x93\xa1")),
	TAKEN("line ends", TEXT("a\r\nb\nc\r\n\r\n")),
	TAKEN("brackets", TEXT("a[1]] >]]a]")),
	TAKEN("greater", TEXT("a > b")),
	TAKEN("quotes", TEXT("\"a' = /")),
	TAKEN("long", TEXT(X10(X10(X10("0123456789 "))))),
	LEFT("other entity", TEXT("&nbsp;")),
	LEFT("entity in upper case", TEXT("&AMP;")),
	LEFT("bare ampersand", TEXT("a & b")),
	LEFT("ampersand at the end", TEXT("a&")),
	LEFT("empty entity", TEXT("&;")),
	LEFT("empty number", TEXT("&#;")),
	LEFT("empty hexadecimal", TEXT("&#x;")),
	LEFT("X in upper case", TEXT("&#X41;")),
	LEFT("wrong digit", TEXT("&#4a;")),
	LEFT("character zero", TEXT("&#0;")),
	LEFT("control character by number", TEXT("&#1;")),
	LEFT("surrogate by number", TEXT("&#xD800;")),
	LEFT("no character by number", TEXT("&#xFFFE;")),
	LEFT("beyond Unicode", TEXT("&#x110000;")),
	LEFT("long number", TEXT("&#000000000000000065;")),
	LEFT("end of CDATA", TEXT("a]]>b")),
	LEFT("end of CDATA behind brackets", TEXT("]]]>")),
	LEFT("CDATA", TEXT("<![CDATA[a]]>")),
	LEFT("comment", TEXT("a<!-- -->b")),
	LEFT("instruction", TEXT("<?a b?>")),
	LEFT("bare less", TEXT("a < b")),
	LEFT("bare CR", TEXT("a\rb")),
	LEFT("two CR", TEXT("a\r\r\nb")),
	LEFT("control character", TEXT("a\x01"
				       "b")),
	LEFT("NUL", TEXT("a\0b")),
	LEFT("DEL", TEXT("a\x7f"
			 "b")),
	LEFT("C1", TEXT("a\xc2\x85"
			"b")),
	LEFT("Latin 1", TEXT("M\xfcller")),
	LEFT("overlong", TEXT("\xc0\xaf")),
	LEFT("surrogate", TEXT("\xed\xa0\x80")),
	LEFT("half a character", TEXT("\xe2\x82")),
	LEFT("no character", TEXT("\xef\xbf\xbe")),
};

static const struct row tags[] = {
	TAKEN("space", IN_TAG(" \r\n\t>")),
	TAKEN("empty element", ENVELOPE("<cwmp:RebootResponse/>")),
	TAKEN("empty element with space", ENVELOPE("<cwmp:RebootResponse />")),
	TAKEN("space in the end tag", ENVELOPE("<cwmp:RebootResponse></cwmp:RebootResponse\n>")),
	TAKEN("attributes", IN_TAG(" a='1' b = \"2\" soap:c=''>")),
	TAKEN("quotes and more in values", IN_TAG(" a='\"' b=\"'\" c='>' d='/>' e=']]>'>")),
	TAKEN("prefix declared here", IN_TAG(" n:a='1' xmlns:n='urn:n'>")),
	TAKEN("default namespace", IN_TAG(" xmlns='urn:a'><a xmlns=''/>")),
	TAKEN("prefix declared again", IN_TAG(" xmlns:soap='urn:a'>")),
	TAKEN("names", IN_TAG("><_a-b.c9/><A_/>")),
	TAKEN("type", ENVELOPE(VALUES("<ParameterValueStruct><Name>A</Name><Value type=' xsd:int '> 1 </Value></ParameterValueStruct>"))),
	TAKEN("newest namespace",
	      ENV_OPEN "<soap:Body xmlns:cwmp='urn:dslforum-org:cwmp-1-2'><cwmp:RebootResponse/></soap:Body></soap:Envelope>"),
	TAKEN("namespace that has ended", ENV_OPEN
	      "<soap:Header xmlns:cwmp='urn:dslforum-org:cwmp-1-2'/><soap:Body><cwmp:RebootResponse/></soap:Body></soap:Envelope>"),
	TAKEN("fault", ENVELOPE("<soap:Fault><faultstring>a</faultstring><detail><cwmp:Fault/></detail></soap:Fault>")),
	LEFT("unbound prefix", IN_TAG("><x:a/>")),
	LEFT("unbound prefix of an attribute", IN_TAG(" x:a='1'>")),
	LEFT("prefix beyond its scope", IN_TAG("><a xmlns:n='urn:n'/><n:a/>")),
	LEFT("empty namespace of a prefix", IN_TAG(" xmlns:n=''>")),
	LEFT("prefix xml", IN_TAG(" xml:space='preserve'>")),
	LEFT("prefix xmlns", IN_TAG(" xmlns:xmlns='urn:a'>")),
	LEFT("namespace of xml", IN_TAG(" xmlns:n='http://www.w3.org/XML/1998/namespace'>")),
	LEFT("namespace of xmlns", IN_TAG(" xmlns:n='http://www.w3.org/2000/xmlns/'>")),
	LEFT("attribute twice", IN_TAG(" a='1' a='1'>")),
	LEFT("attribute twice by namespace", IN_TAG(" xmlns:m='urn:n' xmlns:n='urn:n' m:a='1' n:a='1'>")),
	LEFT("namespace twice", IN_TAG(" xmlns:n='urn:n' xmlns:n='urn:n'>")),
	LEFT("default namespace twice", IN_TAG(" xmlns='urn:n' xmlns='urn:n'>")),
	LEFT("entity in a value", IN_TAG(" a='&amp;'>")),
	LEFT("line end in a value", IN_TAG(" a='\n'>")),
	LEFT("tab in a value", IN_TAG(" a='\t'>")),
	LEFT("less in a value", IN_TAG(" a='<'>")),
	LEFT("UTF-8 in a value", IN_TAG(" a='\xc3\xbc'>")),
	LEFT("no value", IN_TAG(" a>")),
	LEFT("no quotes", IN_TAG(" a=1>")),
	LEFT("other quote", IN_TAG(" a='1\">")),
	LEFT("no space between attributes", IN_TAG(" a='1'b='2'>")),
	LEFT("no name", IN_TAG("><>")),
	LEFT("space before the name", IN_TAG(">< a/>")),
	LEFT("digit first", IN_TAG("><1a/>")),
	LEFT("colon first", IN_TAG("><:a/>")),
	LEFT("colon last", IN_TAG("><cwmp:/>")),
	LEFT("two colons", IN_TAG("><cwmp:a:b/>")),
	LEFT("name that is not ASCII", IN_TAG("><\xc3\xbc/>")),
	LEFT("space behind the slash", IN_TAG("><a/ >")),
	LEFT("wrong end tag", IN_TAG("><a></b>")),
	LEFT("longer end tag", IN_TAG("><a></ab>")),
	LEFT("end tag with another prefix", ENVELOPE("<cwmp:RebootResponse></soap:RebootResponse>")),
	LEFT("end tag with space first", IN_TAG("><a></ a>")),
	LEFT("end tag with attribute", IN_TAG("><a></a b='1'>")),
	LEFT("many attributes", IN_TAG(" a='' b='' c='' d='' e='' f='' g='' h='' i='' j='' k='' l='' m='' n='' o='' p='' q=''>")),
	LEFT("deep", ENVELOPE("<a>" X10("<a><a><a><a>") X10("</a></a></a></a>") "</a>")),
};

static void check(struct both *both, const struct row *row)
{
	enum both_result result = both_read(both, row->doc);

	if (result == BOTH_DIFFERENT)
		fail_msg("%s: the scanner read\n%sand the parser\n%s", row->what, hms_buf_z(&both->scanned_text),
			 hms_buf_z(&both->parsed_text));
	if ((result == BOTH_SAME) != row->taken)
		fail_msg("%s: %s", row->what, row->taken ? "left" : "taken");
}

static void check_rows(const struct row *rows, size_t count)
{
	struct both both;

	assert_true(both_init(&both, &hms_cwmp_default_limits));
	for (size_t i = 0; i < count; i++)
		check(&both, &rows[i]);
	both_fini(&both);
}

static void test_documents(void **state)
{
	(void)state;
	check_rows(documents, sizeof(documents) / sizeof(documents[0]));
}

static void test_texts(void **state)
{
	(void)state;
	check_rows(texts, sizeof(texts) / sizeof(texts[0]));
}

static void test_tags(void **state)
{
	(void)state;
	check_rows(tags, sizeof(tags) / sizeof(tags[0]));
}

/* An element with so many bytes in its tags, or so many elements. */
static void check_repeated(const char *before, const char *part, size_t times, const char *after, bool taken)
{
	static const char open[] = "<Envelope><Body><A>", close[] = "</A></Body></Envelope>";
	struct hms_buf doc = HMS_BUF_INIT(1024 * 1024);
	struct row row = { part, taken, { NULL, 0 } };

	hms_buf_strz(&doc, open);
	hms_buf_strz(&doc, before);
	for (size_t i = 0; i < times; i++)
		hms_buf_strz(&doc, part);
	hms_buf_strz(&doc, after);
	hms_buf_strz(&doc, close);
	row.doc = hms_buf_view(&doc);
	check_rows(&row, 1);
	hms_buf_fini(&doc);
}

static void test_long_tags_and_many_names_are_left(void **state)
{
	(void)state;
	check_repeated("<a", " ", 16000, "/>", true);
	check_repeated("<a", " ", HMS_CWMP_MAX_TAG_BYTES, "/>", false);
	check_repeated("<a></a", " ", 16000, ">", true);
	check_repeated("<a></a", " ", HMS_CWMP_MAX_TAG_BYTES, ">", false);
	check_repeated("<a b='", "1", HMS_CWMP_MAX_TAG_BYTES, "'/>", false);
	check_repeated("", "<a/>", 4000, "", true);
	check_repeated("", "<a/>", 10000, "", false);
	check_repeated("", "<a b='1' xmlns:c='urn:c'/>", 4000, "", false);
}

/* Limits speak through the parser, whose message says why; a small one makes it refuse what it has not consumed. */
static void test_limits_are_left(void **state)
{
	static const struct row small = LEFT("small values", TEXT("1"));
	struct hms_cwmp_limits limits = hms_cwmp_default_limits;
	struct both both;

	(void)state;
	limits.value_bytes = HMS_CWMP_MAX_TAG_BYTES - 1;
	assert_true(both_init(&both, &limits));
	check(&both, &small);
	both_fini(&both);
	limits.value_bytes = HMS_CWMP_MAX_TAG_BYTES;
	limits.name_bytes = 4;
	assert_true(both_init(&both, &limits));
	check(&both, &small);
	both_fini(&both);
}

/* What the scanner has built before it gave up is not in the message, nor in the arena. */
static void test_nothing_is_left_of_what_the_scanner_began(void **state)
{
	static const char plain[] = TEXT("1"), commented[] = TEXT("1<!-- -->");
	struct hms_cwmp_msg *msg = read_ok(HMS_STR(plain));
	size_t used = hms_arena_used(arena);

	(void)state;
	hms_arena_reset(arena);
	msg = read_ok(HMS_STR(commented));
	assert_int_equal(msg->param_count, 1);
	assert_int_equal(msg->event_count, 1);
	assert_int_equal(msg->warnings, 0);
	assert_int_equal(hms_arena_used(arena), used);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_long_tags_and_many_names_are_left),
		cmocka_unit_test(test_limits_are_left),
		TEST(test_nothing_is_left_of_what_the_scanner_began),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
