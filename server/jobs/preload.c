#include "jobs/preload.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory_limit.h"
#include "base/thread.h"
#include "storage/resident.h"

struct preload {
    struct db *db;
    pthread_t thread;
    _Atomic bool stopping;
};

static void *preload_main(void *arg)
{
    static const char *const events[] = {
        [PRELOAD_DONE] = "preloaded",
        [PRELOAD_TOO_LARGE] = "preload_too_large",
        [PRELOAD_STOPPED] = "preload_stopped",
        [PRELOAD_REFUSED] = "preload_refused",
        [PRELOAD_UNREADABLE] = "preload_unreadable",
    };
    struct preload *preload = arg;
    uint64_t taken;
    const uint64_t memory = memory_limit_bytes();
    const int64_t start_us = clock_mono_us(&clock_system);
    enum preload_end end = db_preload(preload->db, memory, &preload->stopping, &taken);
    log_event(end == PRELOAD_UNREADABLE ? LOG_ERROR : LOG_INFO, events[end],
              LOG_NUMBER("mib", taken >> 20), LOG_NUMBER("memory_mib", memory >> 20),
              LOG_NUMBER("ms", (clock_mono_us(&clock_system) - start_us) / 1000));
    return NULL;
}

status preload_start(struct db *db, struct preload **ret_preload)
{
    struct preload *preload = calloc(1, sizeof *preload);
    if (preload == NULL) {
        return FAIL(INTERNAL);
    }
    preload->db = db;
    if (!thread_start(&preload->thread, "hayat-preload", preload_main, preload)) {
        free(preload);
        return FAIL(INTERNAL);
    }
    *ret_preload = preload;
    return STATUS_OK;
}

void preload_stop(struct preload *preload)
{
    if (preload == NULL) {
        return;
    }
    atomic_store(&preload->stopping, true);
    (void)pthread_join(preload->thread, NULL);
    free(preload);
}
