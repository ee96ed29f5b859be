/* named_agent: agents with a staff number of the test's choice, for rules about who is the same person.  Fails by cmocka assertions. */
#ifndef HAYAT_TESTS_NAMED_AGENT_H
#define HAYAT_TESTS_NAMED_AGENT_H

#include "tests/support/harness.h"

struct harness_caller named_agent(struct harness *h, uint32_t scopes, const char *staff_number);
/* Another number for an agent that is registered already. */
void named_agent_rename(struct harness *h, struct id agent, const char *staff_number);
/* AGENT saw OWNER's papers at a counter, now. */
void named_agent_at_counter(struct harness *h, const struct harness_caller *agent,
                            struct owner owner);

#endif
