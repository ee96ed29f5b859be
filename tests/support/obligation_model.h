/*
 * obligation_model: a pensioner's year as the rules say it goes (domain 5, RULE LC-1 to LC-10, SEC-F1, SEC-F4), written from them alone: it shares
 * nothing with the server's code but the names of an obligation's states.
 */
#ifndef HAYAT_TESTS_OBLIGATION_MODEL_H
#define HAYAT_TESTS_OBLIGATION_MODEL_H

#include "service/life_certificate_state.h"

enum { YEAR = 2026, DUE = 10, GRACE_END = 20 };

/* Days since the pensioner's window opened, at which time stops. */
enum { LAST_STOP = 4 };
extern const int64_t stops[LAST_STOP + 1];
/* The plan reminds four days before and four days after the due day: on the second and third of them. */
extern const int32_t offsets[2];

enum event {
    DRAFT,
    PAPERS, /* at a counter */
    UPLOAD_OPENS,
    UPLOAD_ENDS,
    CHECKED, /* the machine's verdict on the file */
    SUBMIT,
    ACCEPT,
    REFUSE,
    WANT_MORE,
    REGISTRY,
    DELIVERED,
    FAILED,
    TIME_PASSES,
    JOB_RUNS,
    FIRST_YES,
    SECOND_YES,
    A_NO,
    EVENTS
};

enum paper { NOTHING, BEGUN, SENT, WITH_FUND, BACK, GOOD, BAD };
enum file { NO_FILE, UNSEEN, SEEN }; /* by the machine */
enum pay { PAID, ASKED, STOPPED, AGAIN };
enum mail { NOT_SENT, ON_ITS_WAY, THERE, KNOWN, LOST, LOST_KNOWN };

/* Without gaps: two are compared as bytes. */
struct model {
    enum paper paper;
    int upload;
    enum file file; /* what can be filed, or was and has no verdict */
    int filed;      /* files of the last filing */
    int round;      /* filings of what is there */
    int in_time;    /* the first of them */
    enum pay pay;
    int stop;
    enum mail mail[2];
    int known_stop[2]; /* when it was known to have arrived */
    int said_no;       /* whether: reminders of before count for none */
    int yes;           /* 1: the first person's */
};

/* --- what a step leaves --- */

enum promise { NO_PROMISE, FILED, DECIDED_YES, DECIDED_NO, REGISTRY_SAID };

enum { ENTRIES_MAX = 4 };

struct left {
    enum promise promise;             /* what is signed, once */
    int in_time;                      /* ... says so */
    int files;                        /* ... and names as many */
    size_t entry_count;               /* of the audit chain, by name ... */
    const char *entries[ENTRIES_MAX]; /* ... in any order */
};

/* False: it cannot happen, and changes nothing. */
bool model_step(struct model *m, enum event event, struct left *ret_left);
bool model_may_stop(const struct model *m);
obligation_state model_state(const struct model *m);
/* As far as it matters for what can come. */
bool model_same(const struct model *a, const struct model *b);

#endif
