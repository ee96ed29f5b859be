/*
 * erasure_keys: the half of every document's key that erasure destroys (SEC-D3, docs/adr/0017-erasure.md).
 *
 * A document has a number, its *leaf*.  The key of a leaf is reached from the root of a binary tree of 32 levels: a node's two
 * children are HChaCha20 of the node's key over 0 and over 1.  In memory, and in the file beside the keyring, there are not
 * leaves but the few nodes from which every leaf that still lives can be reached.  To erase leaves is to replace the nodes
 * above them by the largest nodes that have none of them below.  No key leads upwards, so the erased ones cannot be made
 * again from what is left, whereas all others can: those of documents in an old copy of the store, too.
 *
 *   1 Nodes are in ascending order and their ranges do not overlap.
 *   2 Leaf 0 is no document's: it means that a document has no such half (stores from before it).
 *   3 A key that was replaced is wiped.
 *
 * Memory   nodes live in sodium_malloc memory.
 * Threads  any thread derives; a lock, held for microseconds, keeps the one that erases apart from them.
 * Reasons  DOCUMENT_ERASED · ARENA_FULL (no memory) · KEY_FILE_INVALID.
 */
#ifndef HAYAT_STORAGE_ERASURE_KEYS_H
#define HAYAT_STORAGE_ERASURE_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/random.h"
#include "base/status.h"
#include "storage/seal.h"

struct erasure_keys;

/* One node: the leaves first to first + 2^(32 - depth) - 1. */
struct erasure_node {
    uint32_t first;
    uint8_t depth; /* 0 the root, 32 a leaf */
    uint8_t key[SEAL_KEY_BYTES];
};

/* Nodes in sodium_malloc memory. */
struct erasure_nodes {
    struct erasure_node *nodes;
    size_t count;
};
void erasure_nodes_free(struct erasure_nodes *nodes);

/* A tree of which nothing was erased but leaf 0, so that a low leaf is few steps below its node. */
status erasure_nodes_create(struct random_source *random, struct erasure_nodes *ret_nodes);
/* ... in use.  For tests; programs open a file (auth/erasure_file.h). */
status erasure_keys_create(struct random_source *random, struct erasure_keys **ret_keys);
void erasure_keys_free(struct erasure_keys *keys); /* NULL is nothing */

/* The leaf's key; DOCUMENT_ERASED when it was destroyed. */
status erasure_key_of(struct erasure_keys *keys, uint32_t leaf, struct seal_key *ret_key);
bool erasure_is_erased(struct erasure_keys *keys, uint32_t leaf);
/* The first leaf from FROM on that lives; 0 when there is none. */
uint32_t erasure_next_leaf(struct erasure_keys *keys, uint32_t from);
size_t erasure_node_count(struct erasure_keys *keys);

/* What is left without LEAVES (ascending; erased ones are nothing). */
status erasure_without(struct erasure_keys *keys, const uint32_t *leaves, size_t count,
                       struct erasure_nodes *ret_nodes);
/* Takes NODES over, and forgets what was there. */
void erasure_keys_replace(struct erasure_keys *keys, struct erasure_nodes *nodes);

/* As bytes: a node is its first leaf (u32, big-endian), its depth and its key. */
enum { ERASURE_NODE_BYTES = 4 + 1 + SEAL_KEY_BYTES };
/* OUT has node_count × ERASURE_NODE_BYTES. */
void erasure_nodes_encode(const struct erasure_nodes *nodes, uint8_t *out);
/* KEY_FILE_INVALID when they break invariant 1. */
status erasure_nodes_decode(bytes encoded, struct erasure_nodes *ret_nodes);
/* Takes NODES over. */
status erasure_keys_of_nodes(struct erasure_nodes *nodes, struct erasure_keys **ret_keys);

#endif
