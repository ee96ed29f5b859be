/*
 * random: where randomness comes from.  Programs use random_system (libsodium's, from the kernel); tests may own a
 * seeded struct fake_random, which repeats.
 * Threads random_system is re-entrant; a fake belongs to one thread.
 */
#ifndef HAYAT_BASE_RANDOM_H
#define HAYAT_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random_source {
    void (*fill)(struct random_source *self, void *out, size_t len);
};

extern struct random_source random_system;

static inline void random_fill(struct random_source *source, void *out, size_t len)
{
    source->fill(source, out, len);
}

struct fake_random {
    struct random_source source; /* first: pass &fake.source */
    uint64_t seed, counter;
};

void fake_random_init(struct fake_random *fake, uint64_t seed);

#endif
