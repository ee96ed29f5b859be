/*
 * reported: what gateways reported and the server does not know of yet: a file for each message, from before the gateway gets its answer until the
 * server has its own.  The better word of two stays, whatever comes first.
 *
 * Bounds   REPORTED_MAX files; past them a report is refused, and the gateway tries again.
 * Threads  the listener's puts, the reporter's lists and forgets: any of them at a time.
 * Reasons  FILE_UNWRITABLE · FILE_UNREADABLE · OVERLOADED (REPORTED_MAX).
 */
#ifndef HAYAT_OUTBOUND_REPORTED_H
#define HAYAT_OUTBOUND_REPORTED_H

#include <pthread.h>
#include <stddef.h>

#include "base/id.h"
#include "base/status.h"

enum { REPORTED_MAX = 20000 };

/* By rank. */
enum report_word { REPORT_NOTHING, REPORT_NOT_ARRIVED, REPORT_ARRIVED };

struct reported {
    int directory;
    pthread_mutex_t mutex;
    size_t count, max;
    int64_t swept_ms; /* when it was looked through last; wall clock */
};

/* In PARENT's subdirectory "reports". */
status reported_open(int parent, struct reported *ret_reported);
void reported_close(struct reported *reported);

/* Durable when it returns; nothing is written of what is known already, or better. */
status reported_put(struct reported *reported, const char *outbox_id, enum report_word word,
                    int type);

struct reported_item {
    char outbox_id[ID_TEXT_MAX];
    enum report_word word;
    int type; /* as the gateway said it */
};

/* Up to MAX of them, but for the first SKIP. */
size_t reported_list(struct reported *reported, size_t skip, size_t max,
                     struct reported_item *ret_items);
/* Unless a better one has come since ITEM was listed. */
void reported_forget(struct reported *reported, const struct reported_item *item);
/* Drops what is older than LIMIT_REPORT_LIFE_MS by the wall clock, at most once in LIMIT_REPORT_SWEEP_MS: call it as often as you like, on
   one thread. */
void reported_sweep(struct reported *reported, int64_t now_ms);

#endif
