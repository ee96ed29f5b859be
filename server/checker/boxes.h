/*
 * boxes: the containers of ISO base media files (HEIC, MP4), as far as their outline goes.  No film is decoded here.
 */
#ifndef HAYAT_SERVER_CHECKER_BOXES_H
#define HAYAT_SERVER_CHECKER_BOXES_H

#include "base/arena.h"
#include "checker/finding.h"

/* TRUNCATED when a box reaches past the file's end; *RET_END is where the last whole box ends. */
check_reason boxes_check(bytes file, size_t *ret_end);
/* The same, and there must be a film: "moov" and "mdat". */
check_reason boxes_check_film(bytes file, size_t *ret_end);
/* The same film: what tells where, when and by what it was taken becomes free space, so that nothing moves. */
status boxes_strip_film(bytes file, struct arena *arena, bytes *ret_clean);

#endif
