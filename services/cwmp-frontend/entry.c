/* The cache entry of a device: one Redis read, a second one for an alias, and the directory where it is missing. */
#include "entry.h"

#include "directory.h"
#include "hms/redis/mailbox.h"
#include "post.h"

static void finish(struct fe_post *p, int code)
{
	if (fe_post_is_live(p))
		p->lookup.then(p, code);
	fe_post_unref(p);
}

int fe_entry_keep_sealed(struct fe_post *p, struct hms_str sealed)
{
	struct fe_lookup *l = &p->lookup;
	struct hms_str copy;

	if (l->sealed_count == HMS_CREDENTIALS_MAX)
		return 0;
	copy = hms_arena_str(p->work->arena, sealed);
	if (!copy.p)
		return HMS_ENOMEM;
	l->sealed[l->sealed_count++] = copy;
	return 0;
}

static int take_entry(struct fe_post *p, const struct hms_entry *entry)
{
	struct fe_lookup *l = &p->lookup;
	struct hms_str list = entry->credentials, sealed;

	l->hit = l->known = true;
	l->flags = entry->flags;
	l->key = hms_arena_str(p->work->arena, entry->key);
	if (entry->group.len)
		l->group = hms_arena_str(p->work->arena, entry->group);
	if (!l->key.p || (entry->group.len && !l->group.p))
		return HMS_ENOMEM;
	while (hms_credential_list_next(&list, &sealed) > 0)
		if (fe_entry_keep_sealed(p, sealed))
			return HMS_ENOMEM;
	return 0;
}

static void ask_directory(struct fe_post *p)
{
	struct fe *fe = p->fe;

	if (!hms_rate_take(fe->miss_rate, hms_http_req_peer(p->req), fe->conf->miss_rate_per_source, hms_loop_now_ms(fe->loop))) {
		finish(p, HMS_EFULL);
		return;
	}
	fe_directory_ask(fe->directory, p, finish);
}

static void on_entry(int code, const struct hms_entry *entry, void *arg)
{
	struct fe_post *p = arg;

	if (!fe_post_is_live(p)) {
		fe_post_unref(p);
		return;
	}
	FE_COUNT(&p->fe->m, entry_lookups, code ? "unavailable" : entry ? "hit" : "miss");
	if (entry && entry->has_alias && !p->lookup.aliased) {
		p->lookup.aliased = true;
		p->s.device = entry->alias;
		hms_entry_get(p->fe->redis, p->s.device, on_entry, p);
	} else if (entry) {
		finish(p, take_entry(p, entry));
	} else {
		p->lookup.miss = code == 0;
		ask_directory(p);
	}
}

void fe_entry_find(struct fe_post *p, void (*then)(struct fe_post *p, int code))
{
	p->lookup = (struct fe_lookup){ .then = then };
	hms_list_init(&p->lookup.node);
	fe_post_ref(p);
	hms_entry_get(p->fe->redis, p->s.device, on_entry, p);
}
