/* The XML parser: libxml2's SAX2 interface, hidden. Feeds a builder. */
#ifndef HMS_CWMP_XML_H
#define HMS_CWMP_XML_H

#include "build.h"

struct hms_cwmp_xml;

/** NULL when out of memory. The builder is borrowed. */
struct hms_cwmp_xml *hms_cwmp_xml_new(struct hms_cwmp_build *build);
void hms_cwmp_xml_free(struct hms_cwmp_xml **xml);

/** A whole document in UTF-8, in pieces: libxml2 goes on behind an error, which with very many of them would take long; here it does to the
 *  end of the piece. Both ways return 0, HMS_ENOMEM, or HMS_ESYNTAX; the builder's own failure is in build->rc. What
 *  stands behind the envelope is left out with a warning. */
int hms_cwmp_xml_parse(struct hms_cwmp_xml *xml, struct hms_str doc);

/** Piece by piece. */
int hms_cwmp_xml_begin(struct hms_cwmp_xml *xml, struct hms_str first);
int hms_cwmp_xml_push(struct hms_cwmp_xml *xml, struct hms_str piece);
int hms_cwmp_xml_end(struct hms_cwmp_xml *xml);

/** What is wrong with the document, terminated. */
const char *hms_cwmp_xml_error(const struct hms_cwmp_xml *xml);

#endif
