/*
 * uuid: what a client names a request by, so that the server tells a repetition.
 */
#ifndef HAYAT_BASE_UUID_H
#define HAYAT_BASE_UUID_H

#include "base/random.h"

enum { UUID_TEXT_BYTES = 37 }; /* with its NUL */

/* A random UUID (version 4). */
void uuid_new(struct random_source *random, char out[UUID_TEXT_BYTES]);

#endif
