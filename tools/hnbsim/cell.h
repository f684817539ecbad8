/** One simulated cell: power-up, reboots, radio, periodic Informs, retries. It decides when a session begins;
 *  session.h is the session itself. */
#ifndef HNBSIM_CELL_H
#define HNBSIM_CELL_H

#include "alarm.h"
#include "events.h"
#include "ping.h"
#include "pm.h"
#include "schedule.h"
#include "sim.h"
#include "transfer.h"

enum cell_state { CELL_OFF, CELL_UP, CELL_REBOOTING };

struct cell {
	struct sim *sim;
	const struct cell_kind *kind;
	const struct site *site;
	struct tree tree;
	struct events events;
	struct events reboots; /* Reboot RPCs to be executed after the session, as the M events that they will be */
	struct alarms alarms;
	struct pm pm;
	struct transfers transfers;
	struct du_units units;
	struct scheduled scheduled;	 /* ScheduleInform */
	struct hms_timer schedule_timer; /* of its first one */
	struct exchange *exchange;	 /* of the transfer that runs, or NULL */
	struct hms_timer transfer_timer; /* DelaySeconds */
	uint32_t transfers_reported;	 /* TransferComplete calls that were answered */
	uint32_t cm_applied;		 /* CM files */
	uint32_t resets;	      /* FactoryResets executed, and SetParameterValues of ManagementServer.URL back to the factory URL */
	struct session *session;      /* NULL: between sessions */
	struct hms_http_client *kept; /* --connection keep: between sessions */
	const struct target *kept_target;
	struct target_group *home;	  /* factory URL */
	struct target_group *group;	  /* of ManagementServer.URL; NULL: that is not usable */
	char *certificate, *key;	  /* files, for an HMS that asks for them; NULL: none */
	struct hms_tls_memory tls_memory; /* --resume: of connections to the HMS */
	char *password;			  /* as it left the factory */
	struct hms_timer timer;		  /* the next thing to do: reboot finished, retry, periodic, notification */
	struct hms_timer ping_timer;
	struct hms_timer op_timer;			  /* the radio follows AdminState */
	uint64_t periodic_due_ms, retry_due_ms, ended_ms; /* 0: none */
	int64_t booted_us;
	uint32_t nonce;	  /* of this boot; part of the markers */
	uint32_t informs; /* since power-up; part of the markers */
	uint32_t number, index;
	uint32_t retry_count, wait_index;
	enum cell_state state;
	bool reset_pending; /* FactoryReset to be executed after the session */
	bool url_changed;
	bool factory_new; /* the next boot reports 0 BOOTSTRAP, too */
	bool scripted;	  /* sessions begin by session_start() from the load generator only; nothing is scheduled */
};

int cell_init(struct cell *cell, struct sim *sim, uint32_t index, const struct cell_kind *kind, struct hms_err *err);
void cell_fini(struct cell *cell);

/** Switches on a factory-new cell: 0 BOOTSTRAP, 1 BOOT at its factory URL. */
void cell_power_up(struct cell *cell);
/** Switches on a cell that has been there before: nothing to report. */
void cell_resume(struct cell *cell);
/** Restarts it now: states fall back, 1 BOOT waits to be reported; no session begins by itself when scripted. */
void cell_restart(struct cell *cell, const char *cause);

#define CELL_SERIAL_SIZE 80
/** An option's text for this cell: "{serial}" in it is replaced. To be freed; NULL: out of memory. */
char *cell_own_text(const struct cell *cell, const char *pattern);
const char *cell_serial(const struct cell *cell, char out[CELL_SERIAL_SIZE]);
/** "hnb-0001": for people. */
const char *cell_name(const struct cell *cell, char out[32]);
/** Environment for tree_value(). */
struct tree_env cell_env(const struct cell *cell);
/** "HNB=0200F0-SIM00000001", and behind DNPrefix: how alarms and PM files name it (TS 32.300). */
#define CELL_DN_SIZE 512
const char *cell_local_dn(const struct cell *cell, char out[CELL_DN_SIZE]);
const char *cell_dn(const struct cell *cell, char out[CELL_DN_SIZE]);
struct hms_str cell_role_text(const struct cell *cell, enum model_role role, char scratch[TREE_SCRATCH]);
const char *cell_product_class(const struct cell *cell);

/* ---- called by the session ---- */
/** An RPC was executed: what it changed has its effects. */
void cell_rpc_done(struct cell *cell, const struct rpc_call *call);
/** Parameters with these roles (ROLE_BIT) were set by the HMS: what follows from them. */
void cell_changed(struct cell *cell, uint32_t roles);
/** Restarts after --reboot-time. */
void cell_reboot(struct cell *cell);
/** The session is over. */
void cell_session_ended(struct cell *cell, bool ok);
/** Sets the timer for whatever is next. */
void cell_schedule(struct cell *cell);
/** One line of the record about a state. */
void cell_record_state(const struct cell *cell, const char *name, struct hms_str value);

#endif
