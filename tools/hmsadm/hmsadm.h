/** hmsadm: what an installation needs before and beside the services: schema, topics, devices allowed, credentials, tokens. */
#ifndef HMSADM_H
#define HMSADM_H

#include "hms/base/err.h"
#include "hms/conf/conf.h"

/** Options of all commands; NULL where not given. */
struct adm_options {
	const char *config, *dir, *partitions, *replication, *tenant, *oui, *product_class, *serial, *username, *password_file, *kind,
		*realm, *secret_file, *name, *role, *days, *software_version;
};

struct adm_command {
	const char *name, *usage, *help;
	int (*run)(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err);
};

int adm_migrate(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err);
int adm_topics(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err);
int adm_allow(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err);
int adm_token_create(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err);
int adm_quirks_check(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err);
int adm_quirks_learnt(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err);
int adm_quirks_forget(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err);
int adm_quirks_doc(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err);
int adm_credential(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err);

struct hms_pg_batch;
/** One batch on a connection of its own, waited for. */
int adm_call_once(const struct hms_conf *conf, void (*fill)(struct hms_pg_batch *batch, void *arg), void *arg, struct hms_err *err);

#endif
