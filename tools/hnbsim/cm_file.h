/** CM files as a cell reads them: TS 32.584 configData (UMTS, TR-196 v1) and the layout of LTE devices with a Device element and index
 *  attributes (cm-file.md). All parameters are applied or none (CMF-03). No I/O. */
#ifndef HNBSIM_CM_FILE_H
#define HNBSIM_CM_FILE_H

#include "tree.h"

struct cm_file_result {
	uint32_t roles; /* ROLE_BIT() of what was set */
	size_t written; /* parameters set */
	size_t rows;	/* rows created or deleted */
	char text[257]; /* what is wrong */
};

/** serial: managedElement's localDn, if there is one, must hold it. Returns 0, HMS_ESYNTAX (no such file, or anything in it is unknown or
 *  not allowed: the tree is as before), HMS_ENOMEM. */
int cm_file_apply(struct hms_str file, struct tree *tree, const struct tree_env *env, const char *serial, struct cm_file_result *result);

#endif
