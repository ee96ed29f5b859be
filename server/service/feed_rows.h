/*
 * feed_rows: the rows of the fund's feed: their columns, the rules of each value, and the stored
 * records they become. Pure functions of a row and the rules; where rows come from (a CSV file, a
 * call) and where they go is not known here.
 *
 * Columns  feed_layouts, in the order of the CSV files.
 * Memory   records and texts live in the arena given; nothing points into the fields.
 * Threads  re-entrant; a struct feed_rules is read-only once made.
 */
#ifndef HAYAT_SERVICE_FEED_ROWS_H
#define HAYAT_SERVICE_FEED_ROWS_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "hayat/store/v1/bank.pb-c.h"
#include "hayat/store/v1/claims.pb-c.h"
#include "hayat/store/v1/records.pb-c.h"

/* In the order they must be taken: each refers only to earlier ones. */
enum feed_kind {
    FEED_CAMPAIGNS,
    FEED_CAMPAIGN_WINDOWS,
    FEED_REMINDER_PLANS,
    FEED_TARIFFS,
    FEED_RATES,
    FEED_REJECTION_REASONS,
    FEED_DELAYS,
    FEED_CALENDAR,
    FEED_RETENTION_PERIODS,
    FEED_BANK_CODES,
    FEED_MEMBERS,
    FEED_BENEFICIARIES,
    FEED_CARDS,
    FEED_PENSIONS,
    FEED_LIFE_CONFIRMATIONS,
    FEED_RIGHTS,
    FEED_EXEMPTIONS,
    FEED_BANK_ACCOUNTS,
    FEED_CLAIMS,
    FEED_CLAIM_LINES,
    FEED_PAYMENTS,
    FEED_PRIOR_AUTHORIZATIONS,
    FEED_PRIOR_AUTHORIZATION_LINES,
    FEED_KIND_COUNT
};

/* Rows that are of a claim or a prior authorisation: they are taken together, with service/feed_claims.h. */
static inline bool feed_kind_is_part(enum feed_kind kind)
{
    return kind >= FEED_CLAIMS && kind <= FEED_PRIOR_AUTHORIZATION_LINES;
}

/* Rows that belong to no member. */
static inline bool feed_kind_is_common(enum feed_kind kind)
{
    return kind <= FEED_BANK_CODES;
}

enum feed_fault {
    FEED_FAULT_NONE,
#define FEED_FAULT(name, text) FEED_FAULT_##name,
#include "service/feed_faults.def"
#undef FEED_FAULT
    FEED_FAULT_COUNT
};

/* Why a row is refused, and the column that is to blame ("" for the row as a whole).  Constants. */
struct feed_error {
    enum feed_fault fault;
    const char *column;
};

/* "NOT_TEXT": stable, for programs. */
const char *feed_fault_name(enum feed_fault fault);
/* "not well-formed UTF-8, or it contains NUL": for people. */
const char *feed_fault_text(enum feed_fault fault);

/* What may differ from fund to fund: POSIX extended regular expressions. */
struct feed_patterns {
    const char *registration, *affiliation, *cine;
};
extern const struct feed_patterns feed_patterns_default;

struct feed_rules {
    regex_t registration, affiliation, cine;
    struct date today; /* nobody is born later */
};

/* CONFIG_INVALID when a pattern is no regular expression. */
status feed_rules_init(struct feed_rules *rules, const struct feed_patterns *patterns,
                       struct date today);
void feed_rules_fini(struct feed_rules *rules);

enum { FEED_COLUMNS_MAX = 26 };
#define FEED_AMOUNT_MAX                                                                            \
    100000000000LL /* a thousand million MAD: sums of lines stay far from overflow */

struct feed_layout {
    const char *name;                      /* "members": also the file's name without .csv */
    const char *columns[FEED_COLUMNS_MAX]; /* as in the header line */
    size_t column_count;
    size_t optional_count; /* of the last ones: what files from before them lack, or a row */
};

const struct feed_layout *feed_layout(enum feed_kind kind);
/* Whether a row of so many fields is one of these: with all columns, or without the last of the optional ones. */
bool feed_layout_fits(const struct feed_layout *layout, size_t field_count);
bool feed_kind_parse(const char *name, enum feed_kind *ret);

struct feed_row {
    enum feed_kind kind;
    bytes registration_number; /* empty for what belongs to no member */
    uint32_t seq;              /* of beneficiary, card or pension */
    bytes number;              /* parts: the claim's or prior authorisation's number at the fund */
    bytes photo_file;          /* cards: relative path, may be empty */
    union {
        Hayat__Store__V1__StoredCampaign campaign;
        Hayat__Store__V1__StoredMember member;           /* what only the store knows is not set */
        Hayat__Store__V1__StoredBeneficiary beneficiary; /* name is set; beneficiary_id is not */
        Hayat__Store__V1__StoredCard card;               /* card_id and has_photo are not set */
        Hayat__Store__V1__StoredPension pension;
        Hayat__Store__V1__StoredLifeConfirmation confirmation;
        Hayat__Store__V1__StoredReferenceSet reference; /* one of its rows */
        Hayat__Store__V1__StoredRightsPeriod rights_period;
        Hayat__Store__V1__StoredExemption exemption;
        Hayat__Store__V1__StoredBankAccount bank_account; /* account_id is not set */
        Hayat__Store__V1__StoredClaim claim; /* of totals, billed and reimbursed are set */
        Hayat__Store__V1__StoredClaimLine line;
        Hayat__Store__V1__StoredPayment payment;
        Hayat__Store__V1__StoredPriorAuthorization authorization;
        Hayat__Store__V1__StoredPriorAuthorizationLine authorization_line;
    } record;
    int64_t update_ms; /* payments: when the fund told of it */
};

struct feed_parser {
    const struct feed_rules *rules;
    enum feed_kind kind;
    struct arena *arena;
};

/* A row that breaks a rule has a fault in *RET_ERROR; ARENA_FULL is the only status but OK. */
status feed_row_parse(const struct feed_parser *parser, const bytes *fields, size_t field_count,
                      struct feed_row *ret_row, struct feed_error *ret_error);

#endif
