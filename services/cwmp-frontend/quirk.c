/* Quirks of the sender of an Inform. */
#include "quirk.h"

#define DECLARATION HMS_STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")

static const struct {
	enum hms_quirk quirk;
	uint8_t bit;
} bits[] = {
	{ HMS_QUIRK_EMPTY_200, FE_QUIRK_EMPTY_200 },
	{ HMS_QUIRK_XML_DECLARATION, FE_QUIRK_XML_DECLARATION },
};

static struct hms_str software_version(const struct hms_cwmp_msg *inform)
{
	for (size_t i = 0; i < inform->param_count; i++)
		if (hms_str_ends(inform->params[i].name, HMS_STR(".DeviceInfo.SoftwareVersion")))
			return hms_str_trim(inform->params[i].value);
	return (struct hms_str){ NULL, 0 };
}

uint8_t fe_quirks_find(const struct hms_quirk_registry *registry, const struct hms_cwmp_msg *inform)
{
	struct hms_quirks quirks;
	uint8_t found = 0;

	if (!hms_quirks_any(registry, inform->device.oui))
		return 0;
	hms_quirks_find(registry, inform->device.oui, hms_str_trim(inform->device.product_class), software_version(inform), &quirks);
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (quirks.value[bits[i].quirk])
			found |= bits[i].bit;
	return found;
}

void fe_quirk_declare(struct hms_buf *out)
{
	size_t len = out->len;

	hms_buf_str(out, DECLARATION);
	if (out->failed)
		return;
	memmove(out->p + DECLARATION.len, out->p, len);
	memcpy(out->p, DECLARATION.p, DECLARATION.len);
}
