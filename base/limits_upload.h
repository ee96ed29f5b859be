/* Bounds of uploads' read-ahead, each with its unit and its reason; the rest of uploads: limits.h. */
#ifndef HAYAT_BASE_LIMITS_UPLOAD_H
#define HAYAT_BASE_LIMITS_UPLOAD_H

/* A table, one line each. */
/* clang-format off */

#define LIMIT_UPLOAD_WINDOW_CHUNKS 32      /* of one stream between the line and the disk, 2 MiB: one commit's worth on its way, another gathering; more in one commit is slower */
#define LIMIT_UPLOAD_OWN_CHUNKS 6          /* ... of these every stream has so many by itself, 384 KiB: what one message of LIMIT_APPEND_BYTES touches at most, so each goes on when the others hold all */
#define LIMIT_UPLOAD_SHARED_CHUNKS 256     /* ... and the others come out of so many for everybody, 16 MiB: eight streams at full speed, which is more than a disk takes */

#endif
