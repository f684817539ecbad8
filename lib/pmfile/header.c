/* The file's own data: header, footer, the elements measured. */
#include "internal.h"

static void set_name(struct hms_pm_reader *r, uint32_t *name, struct hms_str text)
{
	text = hms_str_trim(text);
	if (text.len > PM_OBJECT_BYTES)
		text.len = 0; /* it is shown only; a name that was cut would be another's */
	pm_failed(r, pm_names_get(&r->names, text, name), "more names than a file may have");
}

PM_ENTER(collec_file)
{
	(void)a;
	r->file.format = HMS_PM_32435;
}

PM_ENTER(pm_file)
{
	(void)a;
	r->file.format = HMS_PM_PMFILE;
}

PM_ENTER(header)
{
	set_name(r, &r->file.vendor, pm_attribute(a, "vendorName"));
	set_name(r, &r->file.dn_prefix, pm_attribute(a, "dnPrefix"));
}

PM_ENTER(sender) { set_name(r, &r->file.sender, pm_attribute(a, "localDn")); }

PM_ENTER(begin)
{
	if (!pm_read_time(r, pm_attribute(a, "beginTime"), &r->file.begin_us))
		r->file.begin_us = 0;
}

PM_ENTER(end)
{
	if (!pm_read_time(r, pm_attribute(a, "endTime"), &r->file.end_us))
		r->file.end_us = 0;
}

PM_LEAVE(prefix) { set_name(r, &r->file.dn_prefix, text); }

PM_LEAVE(sender) { set_name(r, &r->file.sender, text); }

PM_LEAVE(vendor) { set_name(r, &r->file.vendor, text); }

PM_LEAVE(begin)
{
	if (!pm_read_time(r, text, &r->file.begin_us))
		r->file.begin_us = 0;
}

PM_LEAVE(end)
{
	if (!pm_read_time(r, text, &r->file.end_us))
		r->file.end_us = 0;
}

PM_ENTER(element)
{
	set_name(r, &r->element, pm_attribute(a, "localDn"));
	if (!r->file.element)
		r->file.element = r->element;
	if (r->element != r->file.element && !r->elements_told) {
		r->elements_told = true;
		pm_find(r, HMS_PM_ELEMENTS, HMS_PM_NO_INFO, "%.*s", HMS_STR_FMT(pm_names_text(&r->names, r->element)));
	}
}
