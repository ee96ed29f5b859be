#include "base/thread.h"

#include <assert.h>
#include <string.h>

bool thread_start(pthread_t *ret_thread, const char *name, void *(*run)(void *ctx), void *ctx)
{
    assert(strlen(name) <= THREAD_NAME_MAX);
    if (pthread_create(ret_thread, NULL, run, ctx) != 0) {
        return false;
    }
    (void)pthread_setname_np(*ret_thread, name);
    return true;
}
