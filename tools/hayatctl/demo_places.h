/*
 * demo_places: where invented members live.  Streets are visibly examples; phone ranges are the
 * ones set aside for fiction (France, North America) or an unassigned-looking block (+212 600 000 …).
 *
 * Memory  constants.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_DEMO_PLACES_H
#define HAYAT_TOOLS_HAYATCTL_DEMO_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include "tools/hayatctl/demo_dice.h"

struct demo_country {
    const char *code; /* ISO 3166-1 alpha-2 */
    uint32_t weight;  /* among members abroad */
    const char *phone_prefix;
    int phone_digits; /* free digits after the prefix, at most 4 */
    const char *const *cities;
    uint32_t city_count;
};

const struct demo_country *demo_country_home(void);
const struct demo_country *demo_country_pick(struct dice *dice);
void demo_phone(struct dice *dice, const struct demo_country *country, char *out, size_t size);
void demo_address(struct dice *dice, const struct demo_country *country, char *out, size_t size);

#endif
