#include "base/random.h"

#include <sodium.h>
#include <string.h>

static void system_fill(struct random_source *self, void *out, size_t len)
{
    (void)self;
    randombytes_buf(out, len);
}

struct random_source random_system = {system_fill};

/* The n-th call's bytes depend on the seed and n alone, whatever was asked before. */
static void fake_fill(struct random_source *self, void *out, size_t len)
{
    struct fake_random *fake = (struct fake_random *)(void *)self;
    unsigned char key[randombytes_SEEDBYTES] = {0};
    memcpy(key, &fake->seed, sizeof fake->seed);
    memcpy(key + sizeof fake->seed, &fake->counter, sizeof fake->counter);
    fake->counter++;
    randombytes_buf_deterministic(out, len, key);
}

void fake_random_init(struct fake_random *fake, uint64_t seed)
{
    *fake = (struct fake_random){.source = {fake_fill}, .seed = seed};
}
