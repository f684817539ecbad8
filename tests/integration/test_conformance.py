"""docs/conformance.md: every rule that concerns HMS has a test, and the page says which."""
import importlib.util
import pathlib

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
SPEC = importlib.util.spec_from_file_location("conformance", TESTS / "conformance.py")
conformance = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(conformance)

RULES = conformance.read_rules(conformance.RULES.read_text())


def test_every_rule_that_concerns_an_acs_has_a_test():
    assert conformance.missing(RULES, conformance.collect(TESTS)) == []


def test_every_citation_names_a_rule():
    assert set(conformance.collect(TESTS)) <= set(RULES)


def test_every_rule_has_a_subject_and_one_that_concerns_the_device_alone_a_reason():
    assert all(subject and bool(why) != acs for acs, subject, why in RULES.values())


def test_the_page_is_what_table_and_tests_say():
    assert conformance.page(RULES, conformance.collect(TESTS)) == conformance.PAGE.read_text(), "run tests/conformance.py"


C_FILE = """/* About a file. */
/* [%s1] and [%s2]: above. */
static void one(void **state)
{
	const char *text = "/* [%s3] in a string";
	f(text); /* [%s4] inside */
}

static void two(void **state)
{
}
"""


def test_citations_of_c_belong_to_the_test_below_or_around():
    """In comments only, not in strings."""
    assert list(conformance.c_citations(C_FILE.replace("%s", "R"))) == [("one", "R1"), ("one", "R2"), ("one", "R4")]


@pytest.mark.parametrize("text", ["/* [%s1] */\nstatic int helper(void);\n\nstatic void one(void **state)\n{\n}\n", "/* [%s1] */\n"])
def test_a_citation_of_c_that_belongs_to_no_test_is_an_error(text):
    with pytest.raises(conformance.Misplaced):
        list(conformance.c_citations(text.replace("%s", "H")))


PYTHON_FILE = '''
# [%s1] above
@mark
def test_one():
    """[%s2] in the docstring."""
    x = "[%s3] in a string"  # [%s4] inside


def helper():
    pass
'''


def test_citations_of_python_belong_to_their_test():
    found = list(conformance.python_citations(PYTHON_FILE.replace("%s", "Q")))
    assert found == [("test_one", "Q1"), ("test_one", "Q2"), ("test_one", "Q4")]


def test_a_citation_of_python_outside_of_a_test_is_an_error():
    with pytest.raises(conformance.Misplaced):
        list(conformance.python_citations(PYTHON_FILE.replace("%s", "Q").replace("    pass", "    pass  # [Q5]")))
