/** A cell, an HMS that follows a script, and a loop: for tests of what a cell does over real connections. */
#ifndef RIG_H
#define RIG_H

#include "acs.h"

extern struct hms_loop *loop;
extern struct acs acs;
extern struct sim sim;
extern struct options opt;
extern struct cell *cell;
extern struct rig_seen {
	unsigned ended;
	enum session_end last;
	bool answered;
} seen;

/** For cmocka; *state: the kind of the cell, NULL: henb-both. */
int rig_open(void **state);
int rig_close(void **state);

/** Runs until done(count), or until patience ends. Returns done(count). */
bool run_until(bool (*done)(unsigned count), unsigned count);
/** Runs until that many sessions have ended; then nothing more begins by itself. */
void run_sessions(unsigned count);
/** Whether the POST of that number is an Inform with that text. */
bool inform_has(size_t post, const char *text);
bool is_set(const char *name, const char *value);

#define PLAY(...) \
	acs_play(&acs, (const struct acs_step[]){ __VA_ARGS__ }, sizeof((const struct acs_step[]){ __VA_ARGS__ }) / sizeof(struct acs_step))

#define SPV(params) \
	"<cwmp:SetParameterValues><ParameterList>" params "</ParameterList><ParameterKey>k1</ParameterKey></cwmp:SetParameterValues>"
#define PARAM(name, type, value) \
	"<ParameterValueStruct><Name>" name "</Name><Value xsi:type=\"xsd:" type "\">" value "</Value></ParameterValueStruct>"
#define FAPCONTROL "Device.Services.FAPService.1.FAPControl.LTE."

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_open, rig_close)

#endif
