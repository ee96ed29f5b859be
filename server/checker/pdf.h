/*
 * pdf: checks a PDF by walking through all its objects, and strips it, by qpdf.  Nothing is drawn, no font is opened.
 *
 * Memory   outputs live in the arena; the library's own is gone when a function returns.
 */
#ifndef HAYAT_SERVER_CHECKER_PDF_H
#define HAYAT_SERVER_CHECKER_PDF_H

#include "base/arena.h"
#include "checker/finding.h"

/* Fills the page count, the pages, and the page that the reason is about. */
check_reason pdf_check(bytes file, struct arena *arena, struct finding *finding, size_t *ret_end);
/* The same pages without the file's description, its history, and what the photos in it tell.  FILE passed pdf_check. */
status pdf_strip(bytes file, struct arena *arena, bytes *ret_clean);

#endif
