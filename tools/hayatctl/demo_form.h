/*
 * demo_form: the scanned forms of invented pensioners, as PDF files that are made here: whole, with a page left out, or broken off; and their films.
 *
 * Memory  the bytes are from malloc.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_DEMO_FORM_H
#define HAYAT_TOOLS_HAYATCTL_DEMO_FORM_H

#include <stddef.h>
#include <stdint.h>

enum demo_paper { PAPER_WHOLE, PAPER_PAGE_LEFT_OUT, PAPER_BROKEN_OFF };

enum { FORM_PAGES = 2 };

struct demo_form {
    uint8_t *bytes; /* NULL: no memory */
    size_t len;
    uint8_t sha256[32];
};

struct demo_form demo_form_make(enum demo_paper paper, const char *whose, size_t bytes);
/* BYTES of noise in the boxes of an MP4, 25 seconds long (demo_film.c). */
struct demo_form demo_film_make(size_t bytes);
void demo_form_fini(struct demo_form *form);

#endif
