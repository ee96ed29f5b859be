/*
 * number_id: the public id of a record that the fund numbers itself: a keyed hash of the label, the owner and the number.
 * Whoever has no key sees 128 random bits; whoever imports the same record again gets the same id (ADR 10).
 */
#ifndef HAYAT_STORAGE_NUMBER_ID_H
#define HAYAT_STORAGE_NUMBER_ID_H

#include "base/id.h"
#include "storage/seal.h"

enum { NUMBER_ID_MAX = 64 };

/* NUMBER is at most NUMBER_ID_MAX bytes (assert). */
struct id id_of_number(const struct seal_keys *keys, const char *label, struct owner owner,
                       bytes number);

#endif
