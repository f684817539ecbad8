/** A device in memory with models, sites and a profile, and the events that it says. */
#ifndef TEST_PROV_FIXTURE_H
#define TEST_PROV_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "apply.h"
#include "cmfile.h"
#include "grant.h"

struct fixture {
	struct prov_context ctx;
	struct prov_device d;
	struct hms_command_ids ids;
	struct prov_cm_table *cm;
	struct hms_file_signer *signer;
	struct prov_files files;
	int64_t now_us;
	uint64_t sid;
	uint32_t seq;
	uint32_t cwmp;		/* of Informs; enum hms_cwmp_ns */
	const char *fault_text; /* of faults; NULL: some */
	const char *key_event;	/* the event that carries the command_key of an Inform; NULL: M Reboot */
};

int fixture_setup(void **state);
int fixture_teardown(void **state);

/** An empty event of the session at hand, and the same taken in and decided on. */
Hms__DeviceEvent *fixture_event(struct fixture *f);
void fixture_apply(struct fixture *f, Hms__DeviceEvent *ev);

/** The device's model has these quirks: members of a row of the registry, for devices of OUI 00D09E. */
void fixture_quirks(struct fixture *f, const char *quirks);

/** Makes the device known, in a state. */
void fixture_device(struct fixture *f, enum prov_state state);

/** A new Inform that holds. params: name, value, ... NULL. role: 1 initial, 2 serving, 3 both. events: bits; key NULL: no ParameterKey. */
void fixture_inform(struct fixture *f, int role, const char *url, uint32_t classes, const char *key, const char *command_key, ...);
/** A late one: received before the newest by back_us. */
void fixture_late_inform(struct fixture *f, int64_t back_us, const char *key);
void fixture_result(struct fixture *f, const struct prov_command *c, Hms__RpcResult__Outcome outcome, uint32_t fault);
/** An answer with parameters (name, value, ... NULL) or with one field. */
void fixture_answer(struct fixture *f, const struct prov_command *c, const char *method, const char *field, const char *value, ...);
/** A request of the device, with fields: path, value, ... NULL. */
void fixture_request(struct fixture *f, const char *method, ...);
/** Takes another profile (a JSON text). */
void fixture_profile(struct fixture *f, const char *profile);
bool fixture_sends(const struct prov_command *c, const char *text);
void fixture_dispatched(struct fixture *f, uint64_t id, uint64_t sid, uint32_t n);
void fixture_work(struct fixture *f, unsigned work);

/** Adds an operator's command. */
struct prov_command *fixture_command(struct fixture *f, enum hms_cwmp_method method, const char *payload);
/** The open command that procedures added; NULL. */
struct prov_command *fixture_step(struct fixture *f);
/** The last command of a purpose, open or not; NULL. */
struct prov_command *fixture_last(struct fixture *f, const char *purpose);

#define URL_FILES "http://files.example"
#define URL_INITIAL "http://initial.example/acs"
#define URL_SERVING "http://serving.example/acs"
#define URL_BOTH "http://both.example/acs"
#define V1 "InternetGatewayDevice.Services.FAPService.1."
#define V1_OPSTATE V1 "FAPControl.OpState"
#define V1_LAT V1 "GPS.LockedLatitude"
#define V1_LON V1 "GPS.LockedLongitude"
#define LONDON V1_OPSTATE, "0", V1_LAT, "51500000", V1_LON, "-120000"
#define MUNICH V1_OPSTATE, "0", V1_LAT, "48137000", V1_LON, "11575000"

#endif
