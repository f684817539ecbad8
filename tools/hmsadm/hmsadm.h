/** hmsadm: what an installation needs before and beside the services: schema, topics, devices allowed, credentials. */
#ifndef HMSADM_H
#define HMSADM_H

#include "hms/base/err.h"
#include "hms/conf/conf.h"

/** Options of all commands; NULL where not given. */
struct adm_options {
	const char *config, *dir, *partitions, *replication, *tenant, *oui, *product_class, *serial, *username, *password_file, *kind,
		*realm, *secret_file;
};

struct adm_command {
	const char *name, *usage, *help;
	int (*run)(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err);
};

int adm_migrate(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err);
int adm_topics(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err);
int adm_allow(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err);
int adm_credential(const struct adm_options *options, const struct hms_conf *conf, struct hms_err *err);

#endif
