/* key_domains: the names of the data keys' domains on the command line. */
#ifndef HAYAT_TOOLS_HAYATCTL_KEY_DOMAINS_H
#define HAYAT_TOOLS_HAYATCTL_KEY_DOMAINS_H

#include <stdbool.h>

#include "storage/seal.h"
#include "tools/hayatctl/store_session.h"

/* False when there is none of that name. */
bool key_domain_find(const char *name, enum key_domain *ret_domain);
/* "identity, health, …": those that keyring_rotate takes; the same text each time. */
const char *key_domains_rotating(void);
/* Keys need no store: of the options only --master and --keyring count, when they are all there is; db is "-" then. */
bool key_paths_find(struct store_options *where, struct store_paths *ret_paths);

#endif
