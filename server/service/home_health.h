/*
 * home_health: what the first screen shows of claims and prior authorisations: the last ones, and those that wait for the
 * member.
 *
 * The last claims are spliced as they are stored.  What waits is among the LIMIT_HOME_LOOKED_AT newest of each kind.
 *
 * Memory   messages live in rpc->arena.
 * Reasons  what stores say.
 */
#ifndef HAYAT_SERVICE_HOME_HEALTH_H
#define HAYAT_SERVICE_HOME_HEALTH_H

#include "hayat/v1/home.pb-c.h"
#include "service/rpc.h"

enum { HOME_DUE_MAX = 10 };

/* Due items in order of urgency: by their day, those without one last. */
struct home_due {
    size_t count;
    Hayat__V1__DueItem *items[HOME_DUE_MAX];
    int64_t days[HOME_DUE_MAX]; /* INT64_MAX without one */
};
/* Drops what no longer fits. */
void home_due_add(struct home_due *due, Hayat__V1__DueItem *item, int64_t day);

/* Splices claims and prior authorisations into RESPONSE and adds what waits to DUE. */
status home_health_fill(struct rpc *rpc, Hayat__V1__GetHomeResponse *response, int64_t today,
                        struct home_due *due);

#endif
