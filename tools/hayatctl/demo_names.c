#include "tools/hayatctl/demo_names.h"

#include "base/array.h"

const struct name_pair demo_male_names[] = {
#define MALE(latin, arabic) {latin, arabic},
#include "tools/hayatctl/demo_names.def"
};
const size_t demo_male_name_count = ARRAY_LEN(demo_male_names);

const struct name_pair demo_female_names[] = {
#define FEMALE(latin, arabic) {latin, arabic},
#include "tools/hayatctl/demo_names.def"
};
const size_t demo_female_name_count = ARRAY_LEN(demo_female_names);

const struct name_pair demo_family_names[] = {
#define FAMILY(latin, arabic) {latin, arabic},
#include "tools/hayatctl/demo_names.def"
};
const size_t demo_family_name_count = ARRAY_LEN(demo_family_names);
