/*
 * carried: which messages a carrier has taken and the server does not know of yet: a file for each, from before the acknowledgement until
 * after it.  What is handed out again meanwhile is acknowledged with the first report and not carried twice.
 *
 * Threads  it may be used by several threads for different messages.
 * Reasons  FILE_UNWRITABLE · FILE_UNREADABLE.
 */
#ifndef HAYAT_OUTBOUND_CARRIED_H
#define HAYAT_OUTBOUND_CARRIED_H

#include "outbound/carrier.h"

struct carried {
    int directory;
};

status carried_open(const char *path, struct carried *ret_carried);
void carried_close(struct carried *carried);

/* Durable when it returns. */
status carried_put(const struct carried *carried, const char *id, const struct report *report);
/* False when there is none. */
bool carried_find(const struct carried *carried, const char *id, struct report *ret_report);
void carried_forget(const struct carried *carried, const char *id);
/* Drops what is older than BEFORE_MS (wall clock): the server knew, and the end came before the file's. */
void carried_sweep(const struct carried *carried, int64_t before_ms);

#endif
