/*
 * film: an MP4 file as cameras write it, by its outline: boxes one behind the other to the file's last byte, one of them telling of a picture, a
 * sound and how long they are.  Nothing is decoded: what is inside of mdat is nobody's business here but the viewer's, which a person starts.
 *
 * The walk goes down one fixed path, moov, trak, mdia, minf, stbl, and looks at the heads of what it passes: no deeper, whatever
 * is in it.
 *
 * Memory   the copy lives in the arena.
 */
#ifndef HAYAT_SERVER_CHECKER_FILM_H
#define HAYAT_SERVER_CHECKER_FILM_H

#include "base/arena.h"
#include "checker/finding.h"

check_reason film_check(bytes file, size_t *ret_end);
/* The same film, of the same length: what is not needed to play it (places, devices, titles, thumbnails, private boxes) becomes free space, full
   of zeroes, and the times it was made at become zeroes, so that nothing moves.  FILE has passed film_check. */
status film_strip(bytes file, struct arena *arena, bytes *ret_clean);

#endif
