# Runs programs one after the other as the tests of a suite, with a JUnit file. Sourced after common.sh.
# shellcheck shell=bash

# run_programs SUITE FUNCTION PROGRAM...: calls FUNCTION PROGRAM for each; fails if one fails.
run_programs() {
	local suite=$1 function=$2 program name failed=0 cases=''
	shift 2
	for program; do
		name=$(basename "$program")
		if step "$name" "$suite-$name" bash -c "set -euo pipefail; $(declare -f "$function"); $function \"\$1\"" bash "$program"; then
			cases+="<testcase name=\"$name\" classname=\"$suite\"/>"$'\n'
		else
			cases+="<testcase name=\"$name\" classname=\"$suite\"><failure/></testcase>"$'\n'
			failed=1
		fi
	done
	printf '<testsuite name="%s">\n%s</testsuite>\n' "$suite" "$cases" >"$RESULTS/$suite.xml"
	return $failed
}
