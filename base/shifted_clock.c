#include "base/shifted_clock.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SHIFT_BYTES = sizeof(int64_t) };

static int64_t shift_of(const struct clock *self)
{
    return *((const struct shifted_clock *)(const void *)self)->shift_ms;
}

static int64_t shifted_wall_ms(const struct clock *self)
{
    return clock_wall_ms(&clock_system) + shift_of(self);
}

static int64_t shifted_mono_us(const struct clock *self)
{
    return clock_mono_us(&clock_system) + shift_of(self) * 1000;
}

static uint64_t shifted_boot(const struct clock *self)
{
    (void)self;
    return ~clock_boot(&clock_system);
}

static _Atomic int64_t *map(int fd, int protection)
{
    void *page = mmap(NULL, SHIFT_BYTES, protection, MAP_SHARED, fd, 0);
    return page == MAP_FAILED ? NULL : page;
}

static struct shifted_clock made(const _Atomic int64_t *shift_ms)
{
    return (struct shifted_clock){{shifted_wall_ms, shifted_mono_us, shifted_boot}, shift_ms};
}

status shifted_clock_open(const char *path, struct shifted_clock *ret_clock)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    const _Atomic int64_t *shift_ms = NULL;
    if (fd >= 0) {
        shift_ms = lseek(fd, 0, SEEK_END) == SHIFT_BYTES ? map(fd, PROT_READ) : NULL;
        (void)close(fd);
    }
    *ret_clock = made(shift_ms);
    return shift_ms == NULL ? FAIL(FILE_UNREADABLE) : STATUS_OK;
}

status shifted_clock_create(const char *path, struct shifted_clock *ret_clock,
                            _Atomic int64_t **ret_shift_ms)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    *ret_shift_ms = NULL;
    if (fd >= 0) {
        *ret_shift_ms = ftruncate(fd, SHIFT_BYTES) == 0 ? map(fd, PROT_READ | PROT_WRITE) : NULL;
        (void)close(fd);
    }
    *ret_clock = made(*ret_shift_ms);
    return *ret_shift_ms == NULL ? FAIL(FILE_UNWRITABLE) : STATUS_OK;
}

void shifted_clock_close(struct shifted_clock *clock)
{
    if (clock->shift_ms != NULL) {
        (void)munmap((void *)(uintptr_t)clock->shift_ms, SHIFT_BYTES);
    }
    clock->shift_ms = NULL;
}
