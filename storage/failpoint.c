#include "storage/failpoint.h"

#ifdef HAYAT_FAILPOINTS

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_MAX_BYTES = 63 };

static struct {
    char name[NAME_MAX_BYTES + 1];
    bool kills;
    _Atomic int64_t left; /* passages until it acts; it acts once */
} armed;

static pthread_once_t once = PTHREAD_ONCE_INIT;

void failpoint_arm(const char *spec)
{
    armed.left = 0;
    if (spec == NULL || *spec == '\0') {
        return;
    }
    const char *equals = strchr(spec, '=');
    assert(equals != NULL && equals - spec <= NAME_MAX_BYTES);
    size_t name_len = (size_t)(equals - spec);
    memcpy(armed.name, spec, name_len);
    armed.name[name_len] = '\0';
    const char *at = strchr(equals, '@');
    armed.kills = strncmp(equals + 1, "kill", 4) == 0;
    armed.left = at != NULL ? strtoll(at + 1, NULL, 10) : 1;
}

static void arm_from_environment(void)
{
    const char *spec = getenv("HAYAT_FAILPOINT");
    if (spec != NULL) {
        failpoint_arm(spec);
    }
}

bool failpoint_hit(const char *name)
{
    (void)pthread_once(&once, arm_from_environment);
    if (atomic_load_explicit(&armed.left, memory_order_acquire) <= 0 ||
        strcmp(armed.name, name) != 0) {
        return false;
    }
    if (atomic_fetch_sub(&armed.left, 1) != 1) {
        return false;
    }
    if (armed.kills) {
        (void)kill(getpid(), SIGKILL);
    }
    return true;
}

#endif
