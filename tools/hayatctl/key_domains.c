#include "tools/hayatctl/key_domains.h"

#include <string.h>

static const char *const names[DOMAIN_MAX] = {
    [DOMAIN_IDENTITY] = "identity", [DOMAIN_HEALTH] = "health",   [DOMAIN_SESSION] = "session",
    [DOMAIN_DOCUMENT] = "document", [DOMAIN_SYSTEM] = "system",   [DOMAIN_BLIND] = "blind",
    [DOMAIN_TOKEN] = "token",       [DOMAIN_RECEIPT] = "receipt", [DOMAIN_AUDIT] = "audit",
    [DOMAIN_PEPPER] = "pepper",     [DOMAIN_BANK] = "bank",       [DOMAIN_ERASURE] = "erasure"};

const char *key_domain_name(enum key_domain domain)
{
    return names[domain];
}

bool key_domain_find(const char *name, enum key_domain *ret_domain)
{
    for (unsigned domain = DOMAIN_IDENTITY; domain < DOMAIN_MAX; domain++) {
        if (strcmp(names[domain], name) == 0) {
            *ret_domain = (enum key_domain)domain;
            return true;
        }
    }
    return false;
}

bool key_paths_find(struct store_options *where, struct store_paths *ret_paths)
{
    bool single = where->state == NULL && where->config == NULL;
    if (single && where->master != NULL && where->keyring != NULL && where->db == NULL) {
        where->db = strdup("-");
    }
    return store_paths_find(where, ret_paths);
}
