/** The transaction at hand: files that have come, what they hold, and what becomes of them. All of it lies in the stream's arena. */
#ifndef PMI_BATCH_H
#define PMI_BATCH_H

#include "file_event.pb-c.h"
#include "hms/base/map.h"
#include "pmi.h"

/** A group's period in a file: what is replaced as a whole (table pm_unit). */
struct pmi_unit {
	uint32_t group; /* name within the file */
	int64_t end_us, duration_us;
	bool suspect;
	const char *reason; /* why it is set aside; NULL */
	bool load;	    /* its facts are written */
	bool replaces;	    /* facts of another file */
	size_t facts;
};

/** Something odd about an upload: labels in upload.note. */
enum pmi_note { PMI_AFTER_UNTIL = 1, PMI_SERIAL_MISMATCH = 2, PMI_LOCAL_TIME = 4 };

struct pmi_file {
	struct pmi_file *next;
	const Hms__FileEvent *ev;
	struct hms_device_id id;
	unsigned notes;
	bool known;	    /* the device has a row */
	bool retry;	    /* the storage did not answer */
	const char *reason; /* why it is quarantined as a whole (a part of it may be loaded); NULL */
	const char *detail;
	/* a PM file */
	const struct hms_str *names;
	size_t name_count;
	uint32_t *ids[PMI_DICTS]; /* of names, as far as they are needed; 0: not known */
	const struct hms_pm_info *infos;
	uint32_t *unit_of; /* of each info */
	size_t info_count;
	const struct hms_pm_fact *facts;
	const struct hms_pm_finding *findings;
	size_t finding_count;
	struct pmi_unit *units;
	size_t unit_count;
	uint32_t sender, element;
};

/** A device of the transaction: of files, and those whose ledger is due. */
struct pmi_device {
	struct pmi_device *next;
	struct hms_device_id id;
	const char *tenant;
	struct hms_str serial; /* p NULL: unknown device */
	int64_t until_us;      /* uploads are switched off since; 0: they are not, or were never on */
};

struct pmi_batch {
	struct pmi *pmi;
	struct pmi_file *files, **tail;
	struct pmi_device *devices;
	struct hms_map *by_id;	 /* devices */
	struct hms_map *by_unit; /* units that are loaded: the last file of a unit counts */
	size_t copy_bytes;
	unsigned loads; /* rounds of reads that have been answered */
	struct hms_defer retry;
};

extern const struct hms_stream_cb pmi_stream_cb;

struct pmi_batch *pmi_batch_new(struct pmi *pmi);
void pmi_batch_free(struct pmi_batch **batch);
/** NULL when the arena is full. */
struct pmi_device *pmi_batch_device(struct pmi_batch *b, struct hms_device_id id);

/** record.c: takes a record in: a file, read. As hms_stream_cb.message. */
int pmi_record(struct pmi_batch *b, const struct hms_message *msg);

/** read.c: reads a PM file from the record or the storage. Returns 0 or HMS_ENOMEM (the transaction is too large). */
int pmi_read(struct pmi_batch *b, struct pmi_file *f);
/** storage.c: the bytes of a reference into the reader. Returns 0, HMS_ENOENT (not there, or no reference of ours), HMS_EIO. */
int pmi_storage_feed(const char *folder, const char *ref, struct hms_pm_reader *reader);

/** load.c: what PostgreSQL knows of devices and units; then the ledger. */
int pmi_load_known(struct pmi_batch *b, struct hms_pg_batch *pg);
int pmi_load_ledger(struct pmi_batch *b, struct hms_pg_batch *pg);

/** decide.c */
void pmi_decide(struct pmi_batch *b);
/** What has been loaded before of a unit. */
void pmi_decide_known(struct pmi_batch *b, struct hms_device_id id, struct hms_str group, int64_t end_us, const uint8_t file_id[16]);

/** names.c: resolves the names of what is loaded; those without an id are wanted. */
void pmi_names_want(struct pmi_batch *b);
/** Begins to learn. Returns whether it has to be waited for. */
bool pmi_names_learn(struct pmi_batch *b);
uint32_t pmi_name_id(struct pmi_batch *b, struct pmi_file *f, enum pmi_dict dict, uint32_t name);

/** write.c: as hms_stream_cb.write. */
int pmi_write(struct pmi_batch *b, struct hms_pg_batch *pg);
/** quarantine.c: adds rows of what is set aside. */
void pmi_quarantine(struct pmi_batch *b, struct hms_pg_batch *pg);
/** uploads.c: adds rows of table upload. */
void pmi_uploads(struct pmi_batch *b, struct hms_pg_batch *pg);

#define pmi_each_file(b, f) for (struct pmi_file *f = (b)->files; f; f = f->next)

#endif
