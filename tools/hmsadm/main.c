/* hmsadm: commands and options in tables, configuration as for the services. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "hms/app/app.h"
#include "hms/bus/bus.h"
#include "hms/pg/pg.h"
#include "hmsadm.h"

static const struct adm_command commands[] = {
	{ "migrate", "[--dir DIR]", "apply the migrations of a folder (default deploy/postgres/migrations); safe to run twice and at once",
	  adm_migrate },
	{ "topics", "[--partitions N] [--replication N]", "create the Kafka topics that are missing (default 16 partitions, replication 1)",
	  adm_topics },
	{ "allow", "--oui X --serial X [--product-class X] [--tenant X]", "allow a device, seen or not", adm_allow },
	{ "credential",
	  "--oui X --serial X [--product-class X] [--tenant X] --username X --password-file FILE [--kind own|pending|connection|none] [--realm X] [--secret-file FILE]",
	  "set a device's HTTP credential ('-' reads the password from standard input); none takes all away", adm_credential },
	{ "quirks check", "[--dir DIR]",
	  "read a registry of quirks (default deploy/quirks) as the services do, and say what is wrong with it", adm_quirks_check },
	{ "quirks learnt", "[--oui X] [--product-class X] [--software-version X] [--tenant X]",
	  "list what devices have shown of their models: quirks, and names that are absent", adm_quirks_learnt },
	{ "quirks forget", "--oui X [--product-class X] [--software-version X] [--tenant X]",
	  "forget it; what a device shows again is learnt again", adm_quirks_forget },
	{ "quirks doc", "", "print the table of quirks as Markdown", adm_quirks_doc },
	{ "token create", "--name X --role viewer|operator|admin [--tenant X] [--days N]",
	  "make a token for the REST API and print it, once (N days of life; default: no end)", adm_token_create },
};

static const struct hms_conf_section *const sections[] = { &hms_kafka_conf_section, &hms_pg_conf_section, NULL };

/* Every option takes a value; the field is set by offset. */
static const struct {
	const char *name, *help;
	size_t offset;
} options_table[] = {
#define OPTION(name, field, help)                               \
	{                                                       \
		name, help, offsetof(struct adm_options, field) \
	}
	OPTION("config", config, "file with [kafka] and [postgres]; the environment (HMS_KAFKA_BOOTSTRAP, HMS_POSTGRES_DSN) wins over it"),
	OPTION("dir", dir, "folder of migrations, or of quirks"),
	OPTION("partitions", partitions, "partitions of a topic that is created"),
	OPTION("replication", replication, "replication factor of a topic that is created"),
	OPTION("tenant", tenant, "tenant (default: default)"),
	OPTION("oui", oui, "OUI of the device"),
	OPTION("product-class", product_class, "ProductClass of the device (default: none; of what was learnt: all)"),
	OPTION("serial", serial, "SerialNumber of the device"),
	OPTION("software-version", software_version, "SoftwareVersion of the devices (default: all)"),
	OPTION("username", username, "HTTP user name"),
	OPTION("password-file", password_file, "file whose first line is the password"),
	OPTION("kind", kind, "own (default), pending, or connection (what HMS shows the device at connection requests)"),
	OPTION("realm", realm, "realm of Digest (default: hms)"),
	OPTION("name", name, "name of the token: who acts, in the audit"),
	OPTION("role", role, "viewer, operator or admin"),
	OPTION("days", days, "life of the token"),
	OPTION("secret-file", secret_file, "the installation's secret (default: HMS_SERVICE_SECRET_FILE)"),
#undef OPTION
};
#define OPTION_COUNT (sizeof(options_table) / sizeof(options_table[0]))

static void help(void)
{
	printf("usage: hmsadm COMMAND [OPTION...]\n\nCommands:\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		printf("  %s %s\n      %s\n", commands[i].name, commands[i].usage, commands[i].help);
	printf("\nOptions:\n");
	for (size_t i = 0; i < OPTION_COUNT; i++)
		printf("  --%-16s %s\n", options_table[i].name, options_table[i].help);
	printf("  --help             this text\n  --version          the version\n\nExit status: 0 done, 1 failed, 2 usage or configuration.\n");
}

static int parse(int argc, char **argv, struct adm_options *out)
{
	struct option longs[OPTION_COUNT + 3] = { 0 };
	int c, at;

	argv[0] = (char *)"hmsadm"; /* getopt's messages begin as ours */
	for (size_t i = 0; i < OPTION_COUNT; i++)
		longs[i] = (struct option){ options_table[i].name, required_argument, NULL, 1 };
	longs[OPTION_COUNT] = (struct option){ "help", no_argument, NULL, 'h' };
	longs[OPTION_COUNT + 1] = (struct option){ "version", no_argument, NULL, 'v' };
	while ((c = getopt_long(argc, argv, "h", longs, &at)) != -1) {
		if (c == 'h') {
			help();
			exit(0);
		}
		if (c == 'v') {
			printf("hmsadm %s\n", hms_version);
			exit(0);
		}
		if (c != 1)
			exit(2); /* getopt has said why */
		*(const char **)((char *)out + options_table[at].offset) = optarg;
	}
	return optind < argc ? optind : -1;
}

/* Names are of one or two words. *used: how many of them. */
static const struct adm_command *find(char **words, int count, int *used)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		struct hms_str rest = hms_str(commands[i].name);

		for (*used = 0; rest.p && *used < count && hms_str_eqz(hms_str_split(&rest, ' '), words[*used]); ++*used)
			if (!rest.p) {
				++*used;
				return &commands[i];
			}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct adm_options options = { 0 };
	struct hms_err err = { 0 };
	struct hms_conf *conf = NULL;
	int at = parse(argc, argv, &options), used = 0, rc;
	const struct adm_command *command = at > 0 ? find(argv + at, argc - at, &used) : NULL;

	if (!command || at + used < argc) {
		if (command)
			fprintf(stderr, "hmsadm %s: unknown argument %s (see hmsadm --help)\n", command->name, argv[at + used]);
		else if (at > 0)
			fprintf(stderr, "hmsadm: there is no command %s (see hmsadm --help)\n", argv[at]);
		else
			fprintf(stderr, "hmsadm: a command is missing (see hmsadm --help)\n");
		return 2;
	}
	hms_log_init("hmsadm", HMS_LOG_WARN);
	if (hms_conf_load(options.config, sections, &conf, &err)) {
		fprintf(stderr, "hmsadm: %s\n", err.text);
		return 2;
	}
	rc = command->run(&options, conf, &err);
	hms_conf_free(&conf);
	if (!rc)
		return 0;
	fprintf(stderr, "hmsadm %s: %s\n", command->name, err.text[0] ? err.text : hms_strerror(rc));
	return rc == HMS_EINVAL ? 2 : 1;
}
