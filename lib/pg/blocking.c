/* A blocking connection for start-up and tools, and the text of its errors. */
#include "migration.h"

#include <stdio.h>
#include <stdlib.h>

PGconn *pg_connect_blocking(const struct hms_pg_conf *conf, const char *application_name, struct hms_err *err)
{
	char timeout_s[24];
	const char *const names[] = { "dbname", "application_name", "client_encoding", "connect_timeout", NULL };
	const char *const values[] = { conf->dsn, application_name, "UTF8", timeout_s, NULL };
	struct hms_str text;
	PGconn *conn;

	snprintf(timeout_s, sizeof(timeout_s), "%lld", (long long)(conf->connect_timeout + 999) / 1000);
	conn = PQconnectdbParams(names, values, 1);
	if (conn && PQstatus(conn) == CONNECTION_OK) {
		return conn;
	}
	text = hms_str_trim(hms_str(conn ? PQerrorMessage(conn) : hms_strerror(HMS_ENOMEM)));
	hms_err_set(err, HMS_EUNAVAIL, "[postgres] dsn: %.*s", HMS_STR_FMT(text));
	PQfinish(conn);
	return NULL;
}

/* The line of the n-th character (from 1) of UTF-8 text. */
static int text_line(const char *text, long n)
{
	int line = 1;

	for (const char *p = text; *p; p++) {
		bool starts_character = ((unsigned char)*p & 0xc0) != 0x80;

		if (starts_character && --n == 0) {
			break;
		}
		line += *p == '\n';
	}
	return line;
}

int pg_result_err(PGconn *conn, const PGresult *res, const char *sql, struct hms_err *err)
{
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL);
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *position = PQresultErrorField(res, PG_DIAG_STATEMENT_POSITION);
	struct hms_str reason = hms_str_trim(hms_str(text ? text : PQerrorMessage(conn)));
	char line[32] = "";

	if (PQstatus(conn) == CONNECTION_BAD) {
		return hms_err_set(err, HMS_EUNAVAIL, "postgres: %.*s", HMS_STR_FMT(reason));
	}
	if (sql && position) {
		snprintf(line, sizeof(line), "line %d: ", text_line(sql, strtol(position, NULL, 10)));
	}
	return hms_err_set(err, HMS_ESQL, "%s%.*s%s%s (%s)", line, HMS_STR_FMT(reason), detail ? "; " : "", detail ? detail : "",
			   state ? state : "no SQLSTATE");
}
