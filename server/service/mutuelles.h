/*
 * mutuelles: the names of the mutuelles of the public sector by their code in the fund's feed.
 *
 * Reference data: domain notes, section 1 (the 8 mutuelles of CNOPS).  A code that is not listed has no names, so the
 * app shows the code.
 * Memory  constants.
 */
#ifndef HAYAT_SERVICE_MUTUELLES_H
#define HAYAT_SERVICE_MUTUELLES_H

#include <stddef.h>

struct mutuelle {
    const char *code, *name, *name_ar;
};

/* NULL when CODE is not listed. */
const struct mutuelle *mutuelle_find(const char *code);
/* Walks the list; NULL past the end. */
const struct mutuelle *mutuelle_at(size_t index);

#endif
