#include "base/table_memory.h"

#include <stdint.h>
#include <sys/mman.h>

enum { LARGE_PAGE_BYTES = 2 * 1024 * 1024 };

static size_t whole_pages(size_t size)
{
    return (size + LARGE_PAGE_BYTES - 1) / LARGE_PAGE_BYTES * LARGE_PAGE_BYTES;
}

void *table_memory_new(size_t size)
{
    size_t len = whole_pages(size);
    uint8_t *map = mmap(NULL, len + LARGE_PAGE_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) {
        return NULL;
    }
    size_t before = (LARGE_PAGE_BYTES - (uintptr_t)map % LARGE_PAGE_BYTES) % LARGE_PAGE_BYTES;
    uint8_t *memory = map + before;
    (void)munmap(memory + len, LARGE_PAGE_BYTES - before);
    (void)madvise(memory, len, MADV_HUGEPAGE); /* without them it is as other memory */
    if (before > 0) {
        (void)munmap(map, before);
    }
    return memory;
}

void table_memory_free(void *memory, size_t size)
{
    if (memory != NULL) {
        (void)munmap(memory, whole_pages(size));
    }
}
