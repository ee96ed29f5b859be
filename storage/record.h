/*
 * record: a stored record's message from its bytes; for storage/ only.
 * Memory  the message lives in ARENA.
 * Errors  STORE_CORRUPT (does not decode) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_RECORD_H
#define HAYAT_STORAGE_RECORD_H

#include "base/arena.h"
#include "storage/table.h"

/* TABLE must hold records, not chunks (assert). */
status record_unpack(struct arena *arena, enum table_id table, bytes plain,
                     ProtobufCMessage **ret_record);

#endif
