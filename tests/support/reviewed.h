/*
 * reviewed: a life certificate that waits for a person, for tests of deciding on it, and what the checker would do meanwhile.
 *
 * Memory   texts live in h->arena.  Everything fails by cmocka assertions.
 */
#ifndef HAYAT_TESTS_REVIEWED_H
#define HAYAT_TESTS_REVIEWED_H

#include "hayat/backoffice/v1/review.pb-c.h"
#include "tests/support/fund.h"

#define REVIEW_METHOD(name) "/hayat.backoffice.v1.ReviewService/" name

enum { REVIEWED_FORM, REVIEWED_IDENTITY, REVIEWED_DOCUMENTS };

struct reviewed_case {
    struct harness_member member;
    Hayat__V1__ProofRoute route;
    char *certificate;                          /* "lc_…" */
    char *task;                                 /* "tsk_…" */
    char *documents[REVIEWED_DOCUMENTS];        /* "doc_…": form, or video, and identity */
    struct id document_ids[REVIEWED_DOCUMENTS]; /* the same */
};

/* A pensioner of the open campaign files a form (by video: that) and an identity document, which pass the checker. */
struct reviewed_case reviewed_file(struct harness *h, const struct harness_member *member,
                                   Hayat__V1__ProofRoute route);
/* What more was needed is filed again: both documents anew; a new task. */
void reviewed_file_again(struct harness *h, struct reviewed_case *c);
/* The checker made the clean copy of a document: COPY. */
void reviewed_clean(struct harness *h, const struct reviewed_case *c, size_t document, bytes copy);
Hayat__V1__LifeCertificate *reviewed_get(struct harness *h, const struct reviewed_case *c);

struct harness_reply reviewed_claim(struct harness *h, const struct harness_caller *who,
                                    const char *task);

#endif
