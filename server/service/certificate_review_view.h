/*
 * certificate_review_view: a filed life certificate, gathered for a reviewer, and as they see it.
 *
 * Memory   in the call's arena.
 * Reasons  what stores say · STORE_CORRUPT · ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_CERTIFICATE_REVIEW_VIEW_H
#define HAYAT_SERVICE_CERTIFICATE_REVIEW_VIEW_H

#include "hayat/backoffice/v1/review.pb-c.h"
#include "service/agency.h"
#include "service/certificate_documents.h"
#include "service/certificate_review_rules.h"
#include "service/task.h"
#include "storage/pension_store.h"

struct reviewed {
    struct owner owner;
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    struct certificate_documents documents;
    struct certificate_earlier earlier;
    const Hayat__Store__V1__StoredPension *pension;
    struct campaign campaign;
    struct review_facts facts;
};

/* What TASK is about. */
status reviewed_load(struct rpc *rpc, const task_row *task, struct reviewed *ret_reviewed);
/* What the rules go by, of a certificate alone. */
struct review_facts reviewed_facts(const Hayat__Store__V1__StoredLifeCertificate *certificate);
/* The campaign's due day is over. */
bool reviewed_due_passed(const struct rpc *rpc, const struct reviewed *reviewed);

/* MEMBER was opened by agency_open_owner. */
status reviewed_message(struct rpc *rpc, const task_row *task, const struct reviewed *reviewed,
                        const struct agency_member *member,
                        Hayat__Backoffice__V1__LifeCertificateReview **ret_message);

#endif
