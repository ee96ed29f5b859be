/*
 * certificate_decision: what persons of the fund decided about a filed life certificate.
 *
 * Memory  borrowed for the call.
 */
#ifndef HAYAT_SERVICE_CERTIFICATE_DECISION_H
#define HAYAT_SERVICE_CERTIFICATE_DECISION_H

#include "base/id.h"
#include "hayat/store/v1/review.pb-c.h"
#include "service/life_certificate_rules.h"

enum certificate_outcome { CERTIFICATE_ACCEPTED, CERTIFICATE_REFUSED, CERTIFICATE_MORE_NEEDED };

struct certificate_decision {
    enum certificate_outcome outcome;
    size_t n_findings; /* all that is wrong ... */
    Hayat__Store__V1__StoredFinding **findings;
    struct item_list missing; /* ... and all that is missing, at once */
    struct id decided_by;     /* whose vote ended it */
};

#endif
