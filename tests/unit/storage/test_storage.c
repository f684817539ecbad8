/* The local folder: what is put is got, what is dropped or left behind is gone, and no name leaves the folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hms/base/err.h"
#include "hms/crypto/crypto.h"
#include "hms/storage/storage.h"

struct fixture {
	struct hms_loop *loop;
	struct hms_storage_conf conf;
	struct hms_storage *storage;
	char root[64];
	unsigned drained, ended, committed, calls;
	int code;
	uint64_t size;
	uint8_t sha256[32];
	char data[HMS_STORAGE_READ_MAX];
	size_t len;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->root, "/tmp/hms-storage-XXXXXX");
	assert_non_null(mkdtemp(f->root));
	f->loop = hms_loop_new();
	f->conf = (struct hms_storage_conf){ .root = f->root, .part_age = 60000, .probe_interval = 100 };
	f->storage = hms_storage_open(f->loop, &f->conf, "files-0", NULL);
	assert_non_null(f->storage);
	*state = f;
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	hms_storage_close(&f->storage);
	hms_loop_free(&f->loop);
	nftw(f->root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

static unsigned files_seen;

static int count_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)at;
	files_seen += kind == FTW_F && !strstr(path, ".probe");
	return 0;
}

static unsigned files_in(const struct fixture *f)
{
	files_seen = 0;
	nftw(f->root, count_entry, 8, FTW_PHYS);
	return files_seen;
}

static void on_drained(void *arg) { ((struct fixture *)arg)->drained++; }

static void on_ended(int code, uint64_t size, const uint8_t sha256[32], void *arg)
{
	struct fixture *f = arg;

	f->ended++;
	f->code = code;
	f->size = size;
	memcpy(f->sha256, sha256, 32);
}

static void on_committed(int code, void *arg)
{
	struct fixture *f = arg;

	f->committed++;
	f->code = code;
}

static const struct hms_storage_put_cb put_cb = { on_drained, on_ended, on_committed };

static void await(struct fixture *f, const unsigned *what, unsigned count)
{
	while (*what < count)
		hms_loop_run_once(f->loop, true);
}

static struct hms_storage_put *put_all(struct fixture *f, size_t size)
{
	struct hms_storage_put *put = hms_storage_put_new(f->storage, &put_cb, f);
	struct hms_hasher *hasher = hms_hasher_new(HMS_HASH_SHA256);
	char piece[50000];
	uint8_t want[32];

	for (size_t at = 0; at < size; at += sizeof(piece)) {
		size_t len = size - at < sizeof(piece) ? size - at : sizeof(piece);
		unsigned before = f->drained;
		int rc;

		memset(piece, (int)(at / sizeof(piece)), len);
		hms_hasher_add(hasher, piece, len);
		rc = hms_storage_put_add(put, piece, len);
		if (rc == HMS_EAGAIN)
			await(f, &f->drained, before + 1);
		else
			assert_int_equal(rc, 0);
	}
	hms_storage_put_end(put);
	await(f, &f->ended, 1);
	hms_hasher_end(hasher, want);
	hms_hasher_free(&hasher);
	assert_int_equal(f->code, 0);
	assert_int_equal(f->size, size);
	assert_memory_equal(f->sha256, want, 32);
	return put;
}

static void what_is_put_takes_room_before_the_next_look_at_the_disk(void **state)
{
	struct fixture *f = *state;
	struct hms_storage_put *one = hms_storage_put_new(f->storage, &put_cb, f), *other = hms_storage_put_new(f->storage, &put_cb, f);
	static char piece[100000];

	f->conf.free_min_bytes = (int64_t)hms_storage_free_bytes(f->storage) - 150000;
	assert_true(hms_storage_has_room(f->storage, 150000));
	assert_int_equal(hms_storage_put_add(one, piece, sizeof(piece)), 0);
	assert_false(hms_storage_has_room(f->storage, sizeof(piece)));
	assert_int_equal(hms_storage_put_add(other, piece, sizeof(piece)), HMS_EFULL);
	assert_int_equal(hms_storage_put_add(other, piece, 50000), 0);
	hms_storage_put_drop(&one);
	hms_storage_put_drop(&other);
}

static void commit(struct fixture *f, struct hms_storage_put *put, const char *ref)
{
	unsigned before = f->committed;

	hms_storage_put_commit(put, hms_str(ref));
	await(f, &f->committed, before + 1);
	f->ended = 0;
}

static void on_opened(int code, uint64_t size, void *arg)
{
	struct fixture *f = arg;

	f->calls++;
	f->code = code;
	f->size = size;
}

static void on_read(int code, const char *data, size_t len, void *arg)
{
	struct fixture *f = arg;

	f->calls++;
	f->code = code;
	f->len = len;
	memcpy(f->data, data, len);
}

static const struct hms_storage_get_cb get_cb = { on_opened, on_read };

static struct hms_storage_get *get(struct fixture *f, const char *ref)
{
	struct hms_storage_get *g = hms_storage_get_new(f->storage, hms_str(ref), &get_cb, f);

	f->calls = 0;
	await(f, &f->calls, 1);
	return g;
}

static void what_is_put_is_got(void **state)
{
	struct fixture *f = *state;
	struct hms_storage_get *g;

	commit(f, put_all(f, 3000000), "u/ab/cd/file.1");
	assert_int_equal(f->code, 0);
	assert_int_equal(files_in(f), 1);
	g = get(f, "u/ab/cd/file.1");
	assert_int_equal(f->code, 0);
	assert_int_equal(f->size, 3000000);
	f->calls = 0;
	hms_storage_get_read(g, 2999990, 100);
	await(f, &f->calls, 1);
	assert_int_equal(f->len, 10);
	assert_int_equal(f->data[0], 59);
	hms_storage_get_free(&g);
}

static void the_same_ref_twice_is_one_file_and_an_empty_one_is_a_file(void **state)
{
	struct fixture *f = *state;

	commit(f, put_all(f, 1000), "u/a");
	commit(f, put_all(f, 1000), "u/a");
	commit(f, put_all(f, 0), "u/b");
	assert_int_equal(f->code, 0);
	assert_int_equal(files_in(f), 2);
}

static void what_is_dropped_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct hms_storage_put *put = put_all(f, 1000000);

	assert_int_equal(files_in(f), 1);
	hms_storage_put_drop(&put);
	put = hms_storage_put_new(f->storage, &put_cb, f);
	hms_storage_put_add(put, f->data, sizeof(f->data));
	hms_storage_put_drop(&put); /* while it is being written */
	hms_storage_close(&f->storage);
	hms_loop_free(&f->loop);
	f->loop = hms_loop_new();
	assert_int_equal(files_in(f), 0);
	assert_int_equal(f->committed, 0);
}

static void parts_of_the_owner_go_at_its_start_and_those_of_others_by_age(void **state)
{
	struct fixture *f = *state;
	struct hms_storage *again, *other;
	struct hms_storage_put *put = put_all(f, 1000);

	other = hms_storage_open(f->loop, &f->conf, "files-1", NULL);
	assert_int_equal(files_in(f), 1);
	again = hms_storage_open(f->loop, &f->conf, "files-0", NULL);
	assert_int_equal(files_in(f), 0);
	hms_storage_close(&other);
	hms_storage_close(&again);
	hms_storage_put_drop(&put);
}

static void what_is_no_ref_is_neither_put_nor_got(void **state)
{
	static const char *const bad[] = { "",	    "/etc/passwd", "../x", "u/../../x", "u//x", "u/",	      "u/.hidden", ".",
					   "u/a b", "u/a\n",	   "u\\a", "part/x",	"part", "u/\xc3\xa4", "u/%2e" };
	static const char *const good[] = { "u", "u/a.b_c-d", "account/0/1", "parts/x" };
	struct fixture *f = *state;
	char longest[HMS_STORAGE_REF_MAX + 2];
	struct hms_storage_get *g;

	memset(longest, 'a', sizeof(longest));
	assert_true(hms_storage_ref_ok(hms_strn(longest, HMS_STORAGE_REF_MAX)));
	assert_false(hms_storage_ref_ok(hms_strn(longest, HMS_STORAGE_REF_MAX + 1)));
	assert_false(hms_storage_ref_ok(hms_strn("a\0b", 3)));
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(hms_storage_ref_ok(hms_str(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(hms_storage_ref_ok(hms_str(bad[i])));
		commit(f, put_all(f, 10), bad[i]);
		assert_int_equal(f->code, HMS_EINVAL);
		g = get(f, bad[i]);
		assert_int_equal(f->code, HMS_ENOENT);
		hms_storage_get_free(&g);
	}
	assert_int_equal(files_in(f), 0);
	assert_int_equal(hms_storage_delete(f->storage, HMS_STR("../x"), NULL, NULL), HMS_EINVAL);
}

static void on_counted(int code, uint64_t bytes, void *arg) { on_opened(code, bytes, arg); }
static void on_deleted(int code, void *arg) { on_opened(code, 0, arg); }

static void a_folders_bytes_are_counted_and_deleted_files_are_gone(void **state)
{
	struct fixture *f = *state;
	struct hms_storage_get *g;

	commit(f, put_all(f, 1000), "account/x/1");
	commit(f, put_all(f, 500), "account/x/a/2");
	commit(f, put_all(f, 300), "account/y/2");
	f->calls = 0;
	assert_int_equal(hms_storage_usage(f->storage, HMS_STR("account/x"), on_counted, f), 0);
	await(f, &f->calls, 1);
	assert_int_equal(f->size, 1500);
	assert_int_equal(hms_storage_delete(f->storage, HMS_STR("account/x/1"), on_deleted, f), 0);
	assert_int_equal(hms_storage_delete(f->storage, HMS_STR("account/x/none"), on_deleted, f), 0);
	await(f, &f->calls, 3);
	assert_int_equal(f->code, 0);
	g = get(f, "account/x/1");
	assert_int_equal(f->code, HMS_ENOENT);
	hms_storage_get_free(&g);
}

static void room_is_what_is_free_without_the_reserve(void **state)
{
	struct fixture *f = *state;

	assert_true(hms_storage_writable(f->storage));
	assert_true(hms_storage_has_room(f->storage, 1));
	f->conf.free_min_bytes = (int64_t)hms_storage_free_bytes(f->storage);
	assert_true(hms_storage_has_room(f->storage, 0));
	assert_false(hms_storage_has_room(f->storage, 1));
}

static void a_folder_that_cannot_be_is_an_error_with_its_name(void **state)
{
	struct fixture *f = *state;
	struct hms_storage_conf conf = f->conf;
	struct hms_err err;

	conf.root = "/proc/none";
	assert_null(hms_storage_open(f->loop, &conf, "x", &err));
	assert_non_null(strstr(err.text, "/proc/none"));
	conf.root = "";
	assert_null(hms_storage_open(f->loop, &conf, "x", &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_put_is_got),
		TEST(the_same_ref_twice_is_one_file_and_an_empty_one_is_a_file),
		TEST(what_is_dropped_leaves_nothing),
		TEST(parts_of_the_owner_go_at_its_start_and_those_of_others_by_age),
		TEST(what_is_no_ref_is_neither_put_nor_got),
		TEST(a_folders_bytes_are_counted_and_deleted_files_are_gone),
		TEST(room_is_what_is_free_without_the_reserve),
		TEST(what_is_put_takes_room_before_the_next_look_at_the_disk),
		TEST(a_folder_that_cannot_be_is_an_error_with_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
