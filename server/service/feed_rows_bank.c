/* Rows of the feed: the account a member is paid on. */
#include "base/limits.h"
#include "service/feed_fill.h"
#include "service/rib_rules.h"

enum { NUMBER_BYTES = 64 }; /* 28 characters, and what people put between them */

/* 24 digits; NULL after a fault. */
static char *read_rib(struct feed_reading *r, size_t column)
{
    struct rib rib;
    const char *text = feed_read_text(r, column, NUMBER_BYTES, FEED_REQUIRED);
    if (text == NULL) {
        return NULL;
    }
    if (rib_parse(bytes_str(text), &rib) != RIB_FINE) {
        feed_blame(r, column, FEED_FAULT_PATTERN);
        return NULL;
    }
    return arena_str(r->arena, bytes_str(rib.digits));
}

void feed_fill_bank_account(struct feed_reading *r, struct feed_row *row)
{
    Hayat__Store__V1__StoredBankAccount *account = &row->record.bank_account;
    hayat__store__v1__stored_bank_account__init(account);
    const char *registration = feed_read_pattern(r, 0, &r->rules->registration);
    row->registration_number = registration != NULL ? bytes_str(registration) : (bytes){NULL, 0};
    account->rib = read_rib(r, 1);
    account->holder_name = feed_read_text(r, 2, LIMIT_BANK_NAME_BYTES, FEED_REQUIRED);
    if (feed_read_days(r, 3) > date_to_days(r->rules->today)) {
        feed_blame(r, 3, FEED_FAULT_FUTURE);
    }
    account->active_ms = feed_read_instant(r, 3, FEED_REQUIRED);
    account->update_ms = feed_read_update_ms(r, 4);
}
