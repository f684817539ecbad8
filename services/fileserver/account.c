/* Accounts: their credentials, folders and quotas. Other file servers write into the same folders: they are counted again and again. */
#include "account.h"

#include <stdio.h>
#include <stdlib.h>

static void on_counted(int code, uint64_t bytes, void *arg)
{
	struct fs_account *account = arg;

	if (code == 0 && !account->fs->closing)
		account->used = bytes;
}

static void on_usage(struct hms_timer *timer, void *arg)
{
	struct fs *fs = arg;

	for (size_t i = 0; i < fs->account_count; i++)
		hms_storage_usage(fs->storage, hms_str(fs->accounts[i].folder), on_counted, &fs->accounts[i]);
	hms_timer_start(timer, (uint64_t)fs->conf->usage_interval);
}

static int account_open(struct fs *fs, struct fs_account *account, size_t i, struct hms_err *err)
{
	account->fs = fs;
	account->conf = hms_conf_at(hms_app_conf(fs->app), &fs_account_section, i, &account->name);
	if (snprintf(account->folder, sizeof(account->folder), "account/%s", account->name) >= (int)sizeof(account->folder))
		return hms_err_set(err, HMS_EINVAL, "[account %s]: the name is too long", account->name);
	if (!account->conf->password[0] || strlen(account->conf->password) > 256)
		return hms_err_set(err, HMS_EINVAL, "[account %s] password has 1 to 256 bytes", account->name);
	return 0;
}

int fs_accounts_open(struct fs *fs, struct hms_err *err)
{
	size_t count = hms_conf_count(hms_app_conf(fs->app), &fs_account_section);
	int rc = 0;

	hms_timer_init(&fs->usage, fs->loop, on_usage, fs);
	if (count == 0)
		return 0;
	fs->accounts = calloc(count, sizeof(fs->accounts[0]));
	if (!fs->accounts)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	fs->account_count = count;
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = account_open(fs, &fs->accounts[i], i, err);
	if (rc == 0)
		hms_timer_start(&fs->usage, 0);
	return rc;
}

void fs_accounts_close(struct fs *fs)
{
	if (fs->usage.loop) /* not before fs_accounts_open() */
		hms_timer_stop(&fs->usage);
	free(fs->accounts);
	fs->accounts = NULL;
	fs->account_count = 0;
}

struct fs_account *fs_account_find(struct fs *fs, struct hms_str name)
{
	for (size_t i = 0; i < fs->account_count; i++)
		if (hms_str_eqz(name, fs->accounts[i].name))
			return &fs->accounts[i];
	return NULL;
}

void fs_account_credential(const struct fs_account *account, struct hms_str realm, struct hms_credential *out)
{
	*out = (struct hms_credential){ .kind = HMS_CREDENTIAL_OWN };
	strcpy(out->username, account->name);
	strcpy(out->password, account->conf->password);
	hms_credential_derive(out, realm);
}

bool fs_account_has_room(const struct fs_account *account, uint64_t bytes)
{
	uint64_t quota = (uint64_t)account->conf->quota_bytes;

	return account->used <= quota && bytes <= quota - account->used;
}
