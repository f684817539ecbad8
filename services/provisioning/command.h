/** What may become of a command, and when (contracts 7: I6, I7, I8). */
#ifndef PROV_COMMAND_H
#define PROV_COMMAND_H

#include "device.h"
#include "hms/device/command.h"

#define PROV_ORIGIN_PROCEDURE "procedure"

/** The RPC by which it is done: its kind, or (kinds of HMS's own) what their stage asks for. */
enum hms_cwmp_method prov_command_method(const struct prov_command *c);
/** The name of that RPC. */
struct hms_str prov_command_rpc(const struct prov_command *c);

bool prov_command_is_safe(const struct prov_command *c);
bool prov_command_is_procedure(const struct prov_command *c);
/** Reboot and FactoryReset happen when the session has ended (TR-069 A.3.2.9): nothing goes out behind them. */
bool prov_command_ends_session(const struct prov_command *c);
bool prov_command_is_open(const struct prov_command *c);

/** NULL if it was not loaded. */
struct prov_command *prov_command_find(const struct prov_device *d, uint64_t id);

/** A new queued command; its strings are borrowed. NULL when the arena is exhausted. */
struct prov_command *prov_command_new(struct prov_device *d, struct hms_arena *arena, uint64_t id, enum hms_cwmp_method method,
				      const char *purpose, struct hms_str payload, int64_t deadline_us);

/** Ends it: done, faulted, expired, cancelled or unknown. note may be NULL. An end of an ended one is a correction by later evidence. */
void prov_command_end(struct prov_device *d, struct prov_command *c, enum prov_command_state state, const char *note);
/** The device has accepted it and reports its end later: a transfer, a change of deployment units. */
void prov_command_run(struct prov_device *d, struct prov_command *c);
void prov_command_requeue(struct prov_device *d, struct prov_command *c);
/** Executed or not: only evidence can tell (I8). */
void prov_command_doubt(struct prov_device *d, struct prov_command *c);

/** I7: a newer Inform resolves what was granted to an older session. Evidence has been applied before.
 *  @param tries_max  a safe command granted so often without an answer ends as unknown. */
void prov_commands_supersede(struct prov_device *d, int tries_max);

/** An empty POST stood where the answer belongs (contracts 2). */
void prov_command_no_answer(struct prov_device *d, struct prov_command *c, int tries_max);

/** The front end announced that it writes an unsafe RPC: evidence in every state. */
void prov_command_dispatched(struct prov_device *d, struct prov_command *c, uint64_t sid, uint32_t n);

/** Redis's answer to a REVOKE of grant (sid, n). */
void prov_command_revoked(struct prov_device *d, struct prov_command *c, uint64_t sid, uint32_t n, int result);

struct prov_files;
/** Cancels, deadlines and refusals; what a look at the device brings about. live: a session may still be going on. files: for the URLs of payloads. */
void prov_commands_look(struct prov_device *d, struct hms_arena *arena, const struct prov_files *files, bool live);

#endif
