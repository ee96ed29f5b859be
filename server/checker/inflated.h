/* inflated: how much a compressed stream would become, without keeping any of it. */
#ifndef HAYAT_SERVER_CHECKER_INFLATED_H
#define HAYAT_SERVER_CHECKER_INFLATED_H

#include "checker/finding.h"

/* Adds to *TOTAL; TOO_LARGE when that passes LIMIT_CHECK_INFLATED_BYTES, UNREADABLE when it is no zlib stream. */
check_reason inflated_count(bytes compressed, uint64_t *total);

#endif
