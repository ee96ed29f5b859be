/*
 * unasked: who is silent after the grace, and about whom nobody is asked all the same: by the rules the machine does not propose to suspend
 * them (RULE LC-7), so a person of the fund has to look.
 *
 * Memory   texts live in the transaction's arena.
 * Reasons  what stores say.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_UNASKED_H
#define HAYAT_TOOLS_HAYATCTL_UNASKED_H

#include "storage/obligation_store.h"

enum unasked_why {
    UNASKED_NOT, /* asked about, or there is nothing to ask */
    UNASKED_ONE_WAY,
    UNASKED_NO_WAY,
    UNASKED_NOT_ARRIVED,
    UNASKED_UPLOAD,
    UNASKED_WHYS
};

/* "one_way"; and what it means. */
const char *unasked_name(enum unasked_why why);
const char *unasked_text(enum unasked_why why);

struct unasked {
    enum unasked_why why;
    uint32_t arrived; /* reminders known to have */
    const char *ways; /* on file: "sms", "post", "sms+post", "none" */
    const char *registration_number;
};

/* TODAY is a civil day. */
status unasked_judge(struct txn *txn, struct owner owner, const obligation_row *obligation,
                     int64_t today, struct unasked *ret_unasked);

#endif
