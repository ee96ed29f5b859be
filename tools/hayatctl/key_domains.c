#include "tools/hayatctl/key_domains.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "auth/keyring.h"

bool key_domain_find(const char *name, enum key_domain *ret_domain)
{
    for (unsigned domain = DOMAIN_IDENTITY; domain < DOMAIN_MAX; domain++) {
        if (strcmp(seal_domain_name((enum key_domain)domain), name) == 0) {
            *ret_domain = (enum key_domain)domain;
            return true;
        }
    }
    return false;
}

const char *key_domains_rotating(void)
{
    static char list[128];
    size_t len = 0;
    for (unsigned domain = DOMAIN_IDENTITY; domain < DOMAIN_MAX; domain++) {
        if (keyring_rotates((enum key_domain)domain)) {
            int n = snprintf(list + len, sizeof list - len, "%s%s", len == 0 ? "" : ", ",
                             seal_domain_name((enum key_domain)domain));
            len += (size_t)n;
            assert(len < sizeof list);
        }
    }
    return list;
}

bool key_paths_find(struct store_options *where, struct store_paths *ret_paths)
{
    bool single = where->state == NULL && where->config == NULL;
    if (single && where->master != NULL && where->keyring != NULL && where->db == NULL) {
        where->db = strdup("-");
    }
    return store_paths_find(where, ret_paths);
}
