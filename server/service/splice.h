/*
 * splice: stored wire bytes as fields of a response, without unpacking and packing them again.
 *
 * protobuf-c packs an unknown field as it stands, after the known ones: a repeated message whose items are already
 * serialized goes into a reply as unknown fields.  A response has either spliced or ordinary items in a field, not both,
 * or their order is lost.
 *
 * Memory  the bytes are not copied: they must live as long as the response.
 */
#ifndef HAYAT_SERVICE_SPLICE_H
#define HAYAT_SERVICE_SPLICE_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"

/* Room for COUNT calls of the functions below, beside what RESPONSE has. */
status splice_room(struct arena *arena, ProtobufCMessage *response, size_t count);
/* An item as field TAG; WIRE is a one-byte tag (of whatever number), the length, the message. */
void splice_item(ProtobufCMessage *response, uint32_t tag, bytes wire);
/* The same of items that lie one after the other with the very tag of field 1. */
void splice_run(ProtobufCMessage *response, bytes wires);

#endif
