/* The list of files.h, and what makes damaged copies of what is in it. */
#include <assert.h>

#include "tests/checker/files.h"

enum { ARENA_BYTES = 1800 * 1024 * 1024, SMALL_BYTES = 200 * 1024, DAMAGES = 7, RANGE_MAX = 64 };

void file_list_init(struct file_list *list)
{
    list->count = 0;
    arena_init(&list->arena, ARENA_BYTES);
}

void file_list_fini(struct file_list *list)
{
    arena_fini(&list->arena);
}

struct file *file_list_add(struct file_list *list, const char *name, const char *type, bytes data)
{
    assert(list->count < FILES_MAX);
    struct file *file = &list->files[list->count++];
    *file = (struct file){.name = name, .type = type, .data = arena_copy(&list->arena, data)};
    assert(data.len == 0 || file->data.ptr != NULL);
    return file;
}

struct file *file_list_expect(struct file_list *list, const struct file *expected)
{
    struct file *file = file_list_add(list, expected->name, expected->type, expected->data);
    file->reason_known = true;
    file->reason = expected->reason;
    file->page = expected->page;
    file->page_count = expected->page_count;
    return file;
}

/* --- damage --- */

/* The same numbers in every run (xorshift). */
static uint32_t next(uint64_t *seed, uint32_t bound)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed >> 20) % bound;
}

static void damage_bits(uint8_t *data, uint32_t len, uint64_t *seed)
{
    for (uint32_t count = 1 + next(seed, 16); count > 0; count--) {
        data[next(seed, len)] ^= (uint8_t)(1U << next(seed, 8));
    }
}

static void damage_range(uint8_t *data, uint32_t len, uint64_t *seed, int value)
{
    const uint32_t count = 1 + next(seed, len < RANGE_MAX ? len : RANGE_MAX);
    memset(data + next(seed, len - count + 1), value, count);
}

static void damage_copy(uint8_t *data, uint32_t len, uint64_t *seed)
{
    const uint32_t count = 1 + next(seed, len / 4 + 1);
    memmove(data + next(seed, len - count + 1), data + next(seed, len - count + 1), count);
}

/* Sizes, offsets and counts stand at the beginning. */
static void damage_head(uint8_t *data, uint32_t len, uint64_t *seed)
{
    for (uint32_t count = 1 + next(seed, 4); count > 0; count--) {
        data[next(seed, len < 512 ? len : 512)] = (uint8_t)next(seed, 256);
    }
}

static bytes damaged(struct arena *arena, bytes data, uint64_t *seed)
{
    const bytes copy = arena_copy(arena, data);
    uint8_t *to = (uint8_t *)(uintptr_t)copy.ptr;
    const uint32_t len = (uint32_t)copy.len;
    switch (next(seed, DAMAGES)) {
    case 0:
    case 1:
        damage_bits(to, len, seed);
        break;
    case 2:
        damage_range(to, len, seed, 0);
        break;
    case 3:
        damage_range(to, len, seed, 0xFF);
        break;
    case 4:
        damage_copy(to, len, seed);
        break;
    case 5:
        damage_head(to, len, seed);
        break;
    default:
        return bytes_head(copy, next(seed, len));
    }
    return copy;
}

void files_add_mutants(struct file_list *list, size_t count)
{
    uint64_t seed = UINT64_C(0x4861796174323032);
    const size_t originals = list->count;
    for (size_t i = 0, made = 0; made < count; i++) {
        const struct file *from = &list->files[i % originals];
        if (from->data.len > 0 && from->data.len <= SMALL_BYTES) {
            const bytes data = damaged(&list->arena, from->data, &seed);
            const char *name = arena_printf(&list->arena, "damaged copy %zu of %s", made,
                                            from->name);
            (void)file_list_add(list, name, from->type, data);
            made++;
        }
    }
}
