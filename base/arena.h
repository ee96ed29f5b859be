/*
 * arena: the memory of one call.  Grows in blocks up to a cap, is wiped and freed in one go.
 *
 * Memory  everything taken from an arena lives until arena_fini or arena_reset; nothing is freed alone.
 *         The first block is kept across arena_reset, so a worker that reuses an arena does not call malloc.
 * Errors  a request past the cap returns NULL and the arena remembers it ran dry (arena_ran_dry): callers may
 *         fill several things first and look once at the end.
 * Spares  a thread that serves one call after another keeps some wiped blocks for its next ones (arena_spares_begin): the same few
 *         lie in the processor's cache, where new ones of every call would not.
 * Threads an arena belongs to one thread at a time.
 */
#ifndef HAYAT_BASE_ARENA_H
#define HAYAT_BASE_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first; the oldest is kept across resets */
    size_t used;                /* bytes handed out */
    size_t cap;                 /* bytes that may be handed out */
    bool dry;
    ProtobufCAllocator allocator; /* the same arena, for protobuf-c */
};

/* From now on this thread keeps blocks that its arenas are done with, until arena_spares_end, which frees them. */
void arena_spares_begin(void);
void arena_spares_end(void);

void arena_init(struct arena *arena, size_t cap_bytes);
/* Wipes and frees everything. */
void arena_fini(struct arena *arena);
/* Wipes everything, keeps one block, sets a new cap. */
void arena_reset(struct arena *arena, size_t cap_bytes);

/* SIZE bytes of zeroes, aligned for any type, or NULL past the cap. */
void *arena_alloc(struct arena *arena, size_t size);
/* The same without the zeroes, for what is filled at once: what is in it is of earlier calls' freed memory. */
uint8_t *arena_room(struct arena *arena, size_t size);
/* COUNT * SIZE bytes of zeroes; NULL past the cap or on overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* A NUL-terminated copy; NULL past the cap. */
char *arena_str(struct arena *arena, bytes text);
/* printf into the arena; NULL past the cap. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A copy of B; {NULL,0} past the cap. */
bytes arena_copy(struct arena *arena, bytes b);

/* A place to go back to: what was taken after it is wiped and handed out again.  For a loop that looks at many records
   and keeps little of each; nothing taken after the mark may be used after the rewind.  Running dry stays remembered. */
struct arena_mark {
    struct arena_block *block;
    size_t block_used, used;
};
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

bool arena_ran_dry(const struct arena *arena);
/* OK, or ARENA_FULL when the arena ran dry. */
status arena_check(const struct arena *arena);

#endif
