/** PM files of 3GPP TS 32.435 and of the "PmFile" format of LTE small cells: reading, without I/O. A file is fed in pieces, plain or gzip, and becomes a table of facts; one
 *  bad measInfo is left out with its reason, the rest is kept. Of a file that breaks off or is not well-formed, what was complete before is kept. One thread. */
#ifndef HMS_PMFILE_PMFILE_H
#define HMS_PMFILE_PMFILE_H

#include "hms/base/err.h"
#include "hms/base/str.h"

enum hms_pm_finding_kind {
#define PM_FINDING(name, label, rejects, text) HMS_PM_##name,
#include "hms/pmfile/findings.def"
#undef PM_FINDING
	HMS_PM_FINDING_COUNT
};
/** "count", for reasons in tables and metrics. */
const char *hms_pm_finding_label(enum hms_pm_finding_kind kind);
const char *hms_pm_finding_text(enum hms_pm_finding_kind kind);
/** The measInfo is left out. */
bool hms_pm_finding_rejects(enum hms_pm_finding_kind kind);

/** What a file may take; a file that takes more is bad as a whole (HMS_ETOOBIG). */
struct hms_pm_limits {
	size_t inflated_bytes; /* of XML, after gunzip */
	size_t ratio;	       /* of inflated to compressed bytes, beyond the first MiB: gzip bombs */
	size_t names_bytes;    /* of all different names and texts */
	size_t facts;
	size_t infos;	   /* measInfos */
	size_t types;	   /* counters of one measInfo */
	size_t text_bytes; /* of one element */
	size_t findings;   /* further ones are counted only */
	unsigned depth;
	int64_t slack_us; /* a period may lie so far outside of the file's; and begin so early without being flagged */
};
extern const struct hms_pm_limits hms_pm_default_limits;

enum hms_pm_format { HMS_PM_UNKNOWN, HMS_PM_32435, HMS_PM_PMFILE };
enum hms_pm_kind { HMS_PM_NIL, HMS_PM_NUMBER, HMS_PM_TEXT, HMS_PM_DROPPED /* a later value has taken its place */ };

/** A value. Names are indexes into the file's names. */
struct hms_pm_fact {
	double number;
	uint32_t object;  /* measObjLdn */
	uint32_t counter; /* as the device spells it */
	uint32_t text;	  /* of HMS_PM_TEXT: vectors, strings */
	uint8_t kind;	  /* enum hms_pm_kind */
	bool suspect;
};

/** A measInfo. The facts [first, first + count) are its own; a rejected one has none. */
struct hms_pm_info {
	uint32_t
		group; /* name: measInfoId, or "~" and a hash of its counters' names where there is none: the same counters, the same group */
	uint32_t element; /* name: localDn of its managedElement */
	size_t first, count;
	int64_t end_us, duration_us; /* granPeriod; 0: unreadable */
	bool rejected, suspect;	     /* suspect: one of its facts is */
};

struct hms_pm_finding {
	enum hms_pm_finding_kind kind;
	uint32_t info; /* index, HMS_PM_NO_INFO: of the file */
	char detail[96];
};
#define HMS_PM_NO_INFO UINT32_MAX

struct hms_pm_file {
	int code;	    /* 0, or why it is bad as a whole: HMS_ESYNTAX, HMS_ETOOBIG, HMS_ENOMEM */
	const char *reason; /* the same as a label: "not_xml", "not_pm", "cut", "malformed", "too_big", "no_memory"; NULL */
	char error[160];    /* in words */
	enum hms_pm_format format;
	bool gzip;
	int64_t begin_us, end_us;		     /* of the file; 0: not known */
	uint32_t vendor, dn_prefix, sender, element; /* names: fileHeader; localDn of the first managedElement */
	const struct hms_str *names;		     /* names[0] is empty */
	size_t name_count;
	const struct hms_pm_info *infos;
	size_t info_count;
	const struct hms_pm_fact *facts;
	size_t fact_count;
	const struct hms_pm_finding *findings;
	size_t finding_count;
	size_t found[HMS_PM_FINDING_COUNT]; /* all of them */
};

struct hms_pm_reader;
/** NULL when out of memory. */
struct hms_pm_reader *hms_pm_reader_new(const struct hms_pm_limits *limits);
void hms_pm_reader_free(struct hms_pm_reader **reader);
/** A new file. @param offset_s  of the device's local time to UTC, for times without a zone. */
void hms_pm_reader_begin(struct hms_pm_reader *reader, int32_t offset_s);
/** The next bytes. Returns 0, or the code of the file as a whole: further bytes are of no use then. */
int hms_pm_reader_feed(struct hms_pm_reader *reader, const void *data, size_t len);
/** There are no more. The file is borrowed until the next begin. */
const struct hms_pm_file *hms_pm_reader_end(struct hms_pm_reader *reader);

/* ---- parts ---- */
/** xs:dateTime. *zoned is false without a zone; *wall_us then is as if it were UTC. Returns 0 or HMS_ESYNTAX. Years 1970 to 2199. */
int hms_pm_time(struct hms_str text, int64_t *wall_us, bool *zoned);
/** xs:duration over 0; a year counts 365 days, a month 30. Returns 0 or HMS_ESYNTAX. */
int hms_pm_duration(struct hms_str text, int64_t *us);

/** A file name of TS 32.432. */
struct hms_pm_name {
	char type;		  /* A one element and period, B several elements, C several periods, D both */
	int64_t begin_us, end_us; /* as if local time were UTC */
	bool begin_zoned, end_zoned;
	int32_t begin_offset_s, end_offset_s;
	struct hms_str job, unique_id, running_count; /* parts of the name that was given */
};
/** Returns 0 or HMS_ESYNTAX. */
int hms_pm_name_parse(struct hms_str name, struct hms_pm_name *out);

#endif
