#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/wipe.h"

struct arena_block {
    struct arena_block *next;
    size_t size, used;
    _Alignas(max_align_t) uint8_t data[];
};

/* This thread's wiped blocks of the usual size, the one used last in front. */
static _Thread_local struct spares {
    struct arena_block *first;
    uint32_t room; /* how many more it keeps */
} spares;

/* protobuf-c writes all of what it takes: an upload's 256 KiB need not be zeroed first. */
static void *allocator_alloc(void *arena, size_t size)
{
    return arena_room(arena, size);
}

static void allocator_free(void *arena, void *ptr)
{
    (void)arena, (void)ptr; /* the arena frees everything at once */
}

void arena_init(struct arena *arena, size_t cap_bytes)
{
    *arena = (struct arena){.cap = cap_bytes};
    arena->allocator = (ProtobufCAllocator){allocator_alloc, allocator_free, arena};
}

static void free_block(struct arena_block *block)
{
    wipe(block->data, block->used);
    if (spares.room == 0 || block->size != LIMIT_ARENA_BLOCK_BYTES) {
        free(block);
        return;
    }
    block->next = spares.first;
    spares.first = block;
    spares.room--;
}

void arena_spares_begin(void)
{
    spares.room = LIMIT_ARENA_SPARE_BLOCKS;
}

void arena_spares_end(void)
{
    spares.room = 0;
    while (spares.first != NULL) {
        struct arena_block *next = spares.first->next;
        free(spares.first);
        spares.first = next;
    }
}

void arena_fini(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *next = arena->blocks->next;
        free_block(arena->blocks);
        arena->blocks = next;
    }
    arena->cap = 0;
}

void arena_reset(struct arena *arena, size_t cap_bytes)
{
    while (arena->blocks != NULL && arena->blocks->next != NULL) {
        struct arena_block *next = arena->blocks->next;
        free_block(arena->blocks);
        arena->blocks = next;
    }
    if (arena->blocks != NULL) {
        wipe(arena->blocks->data, arena->blocks->used);
        arena->blocks->used = 0;
    }
    arena->used = 0;
    arena->dry = false;
    arena->cap = cap_bytes;
}

static size_t block_used(const struct arena *arena)
{
    return arena->blocks == NULL ? 0 : arena->blocks->used;
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){arena->blocks, block_used(arena), arena->used};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    while (arena->blocks != mark.block) {
        struct arena_block *next = arena->blocks->next;
        free_block(arena->blocks);
        arena->blocks = next;
    }
    if (mark.block != NULL) {
        wipe(mark.block->data + mark.block_used, mark.block->used - mark.block_used);
        mark.block->used = mark.block_used;
    }
    arena->used = mark.used;
}

static struct arena_block *take_spare(void)
{
    struct arena_block *block = spares.first;
    if (block != NULL) {
        spares.first = block->next;
        spares.room++;
    }
    return block;
}

static struct arena_block *add_block(struct arena *arena, size_t at_least)
{
    size_t size = at_least > LIMIT_ARENA_BLOCK_BYTES ? at_least : LIMIT_ARENA_BLOCK_BYTES;
    struct arena_block *block = size == LIMIT_ARENA_BLOCK_BYTES ? take_spare() : NULL;
    if (block == NULL) {
        block = malloc(sizeof *block + size);
    }
    if (block != NULL) {
        block->size = size;
        block->used = 0;
        block->next = arena->blocks;
        arena->blocks = block;
    }
    return block;
}

uint8_t *arena_room(struct arena *arena, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    if (size > arena->cap) {
        arena->dry = true;
        return NULL;
    }
    size_t rounded = (size + align - 1) / align * align;
    if (rounded > arena->cap - arena->used) {
        arena->dry = true;
        return NULL;
    }
    struct arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < rounded) {
        block = add_block(arena, rounded);
        if (block == NULL) {
            arena->dry = true;
            return NULL;
        }
    }
    uint8_t *room = block->data + block->used;
    block->used += rounded;
    arena->used += rounded;
    return room;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    uint8_t *room = arena_room(arena, size);
    return room == NULL ? NULL : memset(room, 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) {
        arena->dry = true;
        return NULL;
    }
    return arena_alloc(arena, total);
}

char *arena_str(struct arena *arena, bytes text)
{
    char *copy = arena_alloc(arena, text.len + 1);
    if (copy != NULL && text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = len < 0 ? NULL : arena_alloc(arena, (size_t)len + 1);
    if (text != NULL) {
        (void)vsnprintf(text, (size_t)len + 1, format, again);
    }
    va_end(again);
    return text;
}

bytes arena_copy(struct arena *arena, bytes b)
{
    uint8_t *copy = arena_alloc(arena, b.len);
    if (copy == NULL) {
        return (bytes){NULL, 0};
    }
    if (b.len > 0) {
        memcpy(copy, b.ptr, b.len);
    }
    return (bytes){copy, b.len};
}

bool arena_ran_dry(const struct arena *arena)
{
    return arena->dry;
}

status arena_check(const struct arena *arena)
{
    return arena->dry ? FAIL(ARENA_FULL) : STATUS_OK;
}
