/*
 * photo_files: the photos that card rows name, read from beside the file.
 *
 * A path is relative, has no ".." and no empty part, and no symbolic link is followed at its end; a
 * photo is a JPEG or a PNG by its first bytes and at most 256 KiB, as GetCardPhoto sends.
 *
 * Memory  photos read stay in the cache until photo_files_trim, which rows of one batch may share.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_PHOTO_FILES_H
#define HAYAT_TOOLS_HAYATCTL_PHOTO_FILES_H

#include "base/arena.h"
#include "service/feed_apply.h"

enum { PHOTO_BYTES_MAX = 256 * 1024, PHOTO_CACHE_SLOTS = 1024 };

struct photo_files {
    int directory; /* descriptor */
    struct arena arena;
    struct photo_slot {
        bytes path; /* of nobody when NULL */
        struct feed_photo photo;
        bool good;
    } slots[PHOTO_CACHE_SLOTS];
};

/* The directory of the file at IMPORT_PATH. */
status photo_files_init(struct photo_files *files, const char *import_path);
void photo_files_fini(struct photo_files *files);

/* *RET_GOOD is false when there is no such photo or it is refused; *RET_READ is how many bytes came
   from disk. */
status photo_files_get(struct photo_files *files, bytes path, struct feed_photo *ret_photo,
                       bool *ret_good, size_t *ret_read);
/* Between batches: forgets what was read when it is more than a batch may hold. */
void photo_files_trim(struct photo_files *files);

#endif
