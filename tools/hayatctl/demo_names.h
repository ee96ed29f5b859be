/*
 * demo_names: the name pairs of invented people, in Latin and Arabic script, from demo_names.def.
 *
 * Memory  constants.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_DEMO_NAMES_H
#define HAYAT_TOOLS_HAYATCTL_DEMO_NAMES_H

#include <stddef.h>

struct name_pair {
    const char *latin, *arabic;
};

extern const struct name_pair demo_male_names[];
extern const size_t demo_male_name_count;
extern const struct name_pair demo_female_names[];
extern const size_t demo_female_name_count;
extern const struct name_pair demo_family_names[];
extern const size_t demo_family_name_count;

#endif
