/* wipe: overwrite memory that held something personal or secret; the compiler may not drop it. */
#ifndef HAYAT_BASE_WIPE_H
#define HAYAT_BASE_WIPE_H

#include <string.h>

static inline void wipe(void *ptr, size_t len)
{
    if (len > 0) {
        explicit_bzero(ptr, len);
    }
}

#endif
