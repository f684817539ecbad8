/* The fast way for plain documents, before the XML parser: elements, attributes, namespaces, text and references in
 * UTF-8. Everything else, and whatever might not be well-formed, is left to the parser. */
#ifndef HMS_CWMP_SCAN_H
#define HMS_CWMP_SCAN_H

#include "build.h"

/** Feeds the builder with a whole document in UTF-8, without white space around it. True: the message is what the parser would
 *  have built, and no tag is longer than the guard allows. False: nothing is said about the document; the builder has
 *  to be reset, and the parser decides. */
bool hms_cwmp_scan(struct hms_cwmp_build *b, struct hms_str doc);

#endif
