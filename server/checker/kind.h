/*
 * kind: what a file is, by libmagic, and whether it is a second thing at the same time.
 *
 * A polyglot is a picture that another program takes for a document, an archive or a page: its bytes begin as one and hold, at the
 * places where readers of the other look for it, the other.  What cameras put behind a picture (a second picture, a film) is no such thing.
 */
#ifndef HAYAT_SERVER_CHECKER_KIND_H
#define HAYAT_SERVER_CHECKER_KIND_H

#include "checker/finding.h"

enum kind { KIND_NONE, KIND_PDF, KIND_JPEG, KIND_PNG, KIND_HEIC, KIND_FILM };

/* "application/pdf" and its like; KIND_NONE for what is not taken. */
enum kind kind_of_type(const char *media_type);

/* Reads libmagic's list; once, while files may still be opened. */
status kind_prepare(void);
/* WRONG_TYPE unless the bytes are what DECLARED says. */
check_reason kind_check(bytes file, enum kind declared);
/* END is where the file's own kind ends in it. */
check_reason kind_check_polyglot(bytes file, enum kind kind, size_t end);

#endif
