/** What the registry of quirks asks of the front end: looked up once, at the Inform, and carried by the session (ADR 10). */
#ifndef FE_QUIRK_H
#define FE_QUIRK_H

#include "hms/base/buf.h"
#include "hms/cwmp/cwmp.h"
#include "hms/device/quirks.h"

enum { FE_QUIRK_EMPTY_200 = 1, FE_QUIRK_XML_DECLARATION = 2 }; /* fe_session.quirks */

/** Bits of the quirks that hold for the sender of an Inform. No allocation; where nothing is known of its OUI, one hash lookup. registry may be NULL. */
uint8_t fe_quirks_find(const struct hms_quirk_registry *registry, const struct hms_cwmp_msg *inform);

/** Puts an XML declaration before the envelope that out holds; out->failed tells when there was no room. */
void fe_quirk_declare(struct hms_buf *out);

#endif
