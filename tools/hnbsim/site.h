/** Places where cells stand, from models/sites.json: position and what the radio of a cell hears there. */
#ifndef HNBSIM_SITE_H
#define HNBSIM_SITE_H

#include "model.h"

/** Where a cell of a kind comes to first. */
enum cell_home { HOME_INITIAL, HOME_BOTH };

struct site {
	char *name;
	enum cell_home home;	       /* for cells of this kind, unless --site says otherwise */
	int64_t latitude, longitude;   /* degrees x 1e6 */
	char *text[PLACEHOLDER_COUNT]; /* of the placeholders ${site.NAME} */
};

struct sites {
	struct site *list;
	size_t count;
};

/** Reads folder/sites.json. Errors: HMS_ESYNTAX with a text that names file and place; HMS_ENOMEM. */
int sites_load(const char *folder, struct sites *out, struct hms_err *err);
void sites_free(struct sites *sites);

/** The site of that name, or NULL. */
const struct site *sites_find(const struct sites *sites, const char *name);
/** One for cells of that home, in turn by n; any if there is none. */
const struct site *sites_pick(const struct sites *sites, enum cell_home home, uint64_t n);

#endif
