/** Documents from files. */
#ifndef CTL_DOCUMENT_H
#define CTL_DOCUMENT_H

#include "client.h"

/** Reads a file ("-": standard input) into out, which has its cap. Returns CTL_DONE, or the exit status after it has said why. */
int ctl_file_read(const char *name, struct hms_buf *out);
/** A document, which the caller frees in any case; a refusal then shows the line at fault. Returns CTL_DONE, or the exit status after it has
 *  said why. */
int ctl_document_read(struct ctl *ctl, const char *name, struct hms_buf *out);
/** Sends it; document may be NULL. *out is the caller's. */
int ctl_document_send(struct ctl *ctl, const char *method, struct ctl_path *path, struct hms_buf *document, json_t **out);

/** Prints a problem that names a line of the document that was sent, with that line. Returns status. */
int ctl_document_refused(const struct ctl *ctl, json_t *problem, int status);

#endif
