/* Notification attributes and the alarm list of a registered cell; refusals. */
#include "setup.h"

#include "absent.h"
#include "step.h"
#include "steps.h"
#include "values.h"

#define ALARM_KEY "setup"

void prov_setup_failed(struct prov_context *ctx, struct prov_device *d, const char *purpose, unsigned duty, const char *reason)
{
	const char *text = hms_arena_printf(ctx->arena, "%s: %s", purpose, reason);

	if (!text) {
		d->failed = true;
		return;
	}
	prov_device_set_duties(d, PROV_DUTY_ALARMED, duty);
	prov_device_note(d, ctx->arena, "setup_failed", "", hms_arena_printf(ctx->arena, "{\"step\":\"%s\"}", purpose));
	prov_device_alarm(d, ctx->arena, ALARM_KEY, "Minor", "Configuration or customization error", text, false);
}

void prov_setup_faulted(struct prov_context *ctx, struct prov_device *d, struct prov_command *c)
{
	prov_setup_failed(ctx, d, hms_arena_strz(ctx->arena, c->purpose), prov_step_duty(c->purpose),
			  hms_arena_printf(ctx->arena, "fault %d", c->fault));
}

void prov_setup_by_values(struct prov_context *ctx, struct prov_device *d, struct prov_command *c)
{
	prov_device_set_duties(d, PROV_DUTY_NO_DOWNLOAD, 0);
	if (c->fault != 9000) /* that is the device's right; others say that something is wrong with the file server or the way to it */
		prov_setup_failed(ctx, d, "configuration file", 0, hms_arena_printf(ctx->arena, "fault %d", c->fault));
}

void prov_setup_denied(struct prov_context *ctx, struct prov_device *d, struct prov_command *c)
{
	prov_device_set_duties(d, 0, prov_step_duty(c->purpose));
	prov_device_note(d, ctx->arena, "setup_denied", "",
			 hms_arena_printf(ctx->arena, "{\"step\":\"%.*s\",\"fault\":%d}", HMS_STR_FMT(c->purpose), c->fault));
}

void prov_setup_done(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	(void)result;
	prov_device_set_duties(d, 0, prov_step_duty(c->purpose));
	if (prov_device_owes(d, PROV_DUTIES_OPEN) || !prov_device_owes(d, PROV_DUTY_ALARMED))
		return;
	prov_device_set_duties(d, 0, PROV_DUTY_ALARMED);
	prov_device_alarm(d, ctx->arena, ALARM_KEY, "Minor", "Configuration or customization error", "", true);
}

void prov_setup_configured(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	prov_step_confirmed(ctx, d, c);
	prov_end_recovered(ctx, d);
	prov_setup_done(ctx, d, c, result);
}

/* The part says which logical names are told of how: {"notify": {name: 0..6}}. */
int prov_setup_attributes(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part,
			  struct hms_str *payload, struct hms_err *err)
{
	const json_t *notify = json_object_get(json_object_get(choice->kind, part), "notify");
	json_t *rows = json_array(), *notification;
	const char *name;

	(void)err;
	json_object_foreach((json_t *)notify, name, notification)
	{
		struct hms_str path = prov_values_path(ctx, d, name, NULL);

		if (path.p && json_is_integer(notification))
			json_array_append_new(rows,
					      json_pack("{s:s,s:I}", "Name", path.p, "Notification", json_integer_value(notification)));
	}
	if (json_array_size(rows))
		return prov_values_dump(ctx, json_pack("{s:o}", "ParameterList", rows), payload);
	json_decref(rows);
	return 0;
}

/* The number of rows, too: the alarms service takes an answer for the whole list only if as many rows are in it. */
int prov_setup_alarms(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part,
		      struct hms_str *payload, struct hms_err *err)
{
	struct hms_str count = prov_values_path(ctx, d, "fault.current_count", NULL),
		       rows = prov_values_path(ctx, d, "fault.current", NULL);

	(void)choice;
	(void)part;
	(void)err;
	if (!count.p || !rows.p || !prov_absent_leave_out(ctx, d, rows).p)
		return 0;
	if (!prov_absent_leave_out(ctx, d, count).p)
		return prov_values_dump(ctx, json_pack("{s:[s]}", "ParameterNames", rows.p), payload);
	return prov_values_dump(ctx, json_pack("{s:[s,s]}", "ParameterNames", count.p, rows.p), payload);
}
