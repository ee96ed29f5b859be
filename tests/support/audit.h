/* audit: what the last entries of the audit chain say, for tests. */
#ifndef HAYAT_TESTS_AUDIT_H
#define HAYAT_TESTS_AUDIT_H

#include "storage/audit_entry.h"
#include "tests/support/harness.h"

/* How many entries there are. */
uint64_t audit_count(struct harness *h);
/* The entry BACK before the last one; its texts live in h->arena. */
struct audit_entry audit_last(struct harness *h, uint64_t back);
/* The pseudonym that an owner or an id has in entries is WHO's. */
void audit_assert_is(struct harness *h, const uint8_t *pseudonym, bytes who);

#endif
