/** Deployment units of a cell (TR-069 A.4.1.10): what ChangeDUState asks for, and what has become of it. No I/O. */
#ifndef HNBSIM_DU_H
#define HNBSIM_DU_H

#include "hms/cwmp/cwmp.h"

#define DU_UUID_SIZE 37
#define DU_VERSION_SIZE 33
#define DU_UNITS_MAX 16

enum du_action { DU_INSTALL, DU_UPDATE, DU_UNINSTALL };

/** An operation, and its result. */
struct du_op {
	enum du_action action;
	char uuid[DU_UUID_SIZE], version[DU_VERSION_SIZE]; /* uuid "": of an Update, all units */
	uint32_t unit;					   /* its instance; 0: there is none */
	uint32_t fault;
};

struct du_unit {
	char uuid[DU_UUID_SIZE], version[DU_VERSION_SIZE];
	uint32_t number; /* instance, never used again */
};

/** Those that are installed; they stay over reboots. */
struct du_units {
	struct du_unit *list; /* DU_UNITS_MAX, once there was one */
	size_t count;
	uint32_t last;
};

void du_units_fini(struct du_units *units);

/** The operations of a ChangeDUState, allocated. Returns 0 or a fault code. */
uint32_t du_read(const struct hms_cwmp_msg *msg, struct du_op **ops, size_t *count);
/** Does them, one after the other, each for itself. Returns the first one's fault, or 0. */
uint32_t du_change(struct du_units *units, struct du_op *ops, size_t count);

#endif
