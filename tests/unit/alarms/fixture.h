/** A device with its alarm list, without stores. */
#ifndef ALM_FIXTURE_H
#define ALM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "history.h"
#include "list.h"
#include "resolve.h"
#include "resync.h"

#define RECV_US INT64_C(1714600000000000)
#define D2 "Device.FaultMgmt."

typedef const char *const pair[2];

extern struct alm_context ctx;
extern struct alm_device dev;

int fixture_setup(void **state);
int fixture_teardown(void **state);
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

/** Inputs of the next run(): an Inform, or an answer to GetParameterValues, whole or a part of it. */
struct alm_input *inform(pair *params, size_t count, uint32_t classes);
struct alm_input *answer(pair *params, size_t count, uint64_t command, uint64_t sid, uint32_t part, bool last);
struct alm_input *internal(const char *key, const char *severity, bool cleared);
#define INFORM(params) inform(params, sizeof(params) / sizeof((params)[0]), 0)
#define ANSWER(params, command) answer(params, sizeof(params) / sizeof((params)[0]), command, 7, 0, true)
/** One row of ExpeditedEvent: time is the seconds since 2024-05-01T12:00:00Z. */
struct alm_input *event(int seconds, const char *identifier, const char *type, const char *severity, const char *text);
/** Times of event(), as the list has them. */
int64_t at(int seconds);

/** A request of an operator, for the next run(). */
void ask(const char *op, int64_t alarm_id);

/** A transaction: resolves, decides; what it leaves is what the next one loads. */
void run(void);

/** Alarms in the list; the one at an index; its state; transitions of the last run(), "NEW CLEARED". */
size_t listed(void);
struct alm_alarm *alarm_at(size_t index);
const char *transitions(void);

#endif
