/* review_texts: what the days of a campaign mean for a reviewer's decision, in their language; a constant. */
#ifndef HAYAT_SERVICE_REVIEW_TEXTS_H
#define HAYAT_SERVICE_REVIEW_TEXTS_H

#include "base/status.h"
#include "service/life_certificate_rules.h"

const char *review_deadline_text(const struct campaign *campaign, int64_t today, bool in_time,
                                 enum language language);

#endif
