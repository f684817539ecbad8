/** The files that a cell sends on Upload, and what a firmware image says. */
#ifndef HNBSIM_TRANSFER_FILES_H
#define HNBSIM_TRANSFER_FILES_H

#include "cell.h"

#define TRANSFER_NAME_SIZE PM_NAME_SIZE
#define TRANSFER_VERSION_SIZE 65

/** Appends the file of that FileType. Returns its content type. */
const char *transfer_file(const struct cell *cell, const char *type, struct hms_buf *out, char name[TRANSFER_NAME_SIZE]);
/** The SoftwareVersion of an image: what follows "SoftwareVersion: " on a line of its own in its first 4 KiB, else one made of
 *  its digest. */
const char *transfer_version(struct hms_str image, char out[TRANSFER_VERSION_SIZE]);

#endif
