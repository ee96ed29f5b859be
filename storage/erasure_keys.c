#include "storage/erasure_keys.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "base/wipe.h"

enum { DEPTH = 32 };

_Static_assert(SEAL_KEY_BYTES == crypto_core_hchacha20_KEYBYTES, "a key makes its children ...");
_Static_assert(SEAL_KEY_BYTES == crypto_core_hchacha20_OUTPUTBYTES, "... as long as itself");

struct erasure_keys {
    pthread_rwlock_t lock;
    struct erasure_nodes nodes;
};

/* --- nodes --- */

void erasure_nodes_free(struct erasure_nodes *nodes)
{
    sodium_free(nodes->nodes); /* wipes */
    *nodes = (struct erasure_nodes){0};
}

static bool nodes_new(size_t room, struct erasure_nodes *ret)
{
    *ret = (struct erasure_nodes){0};
    ret->nodes = sodium_allocarray(room + 1, sizeof *ret->nodes);
    return ret->nodes != NULL;
}

static uint64_t width(unsigned depth)
{
    return UINT64_C(1) << (DEPTH - depth);
}

static uint64_t end_of(const struct erasure_node *node)
{
    return (uint64_t)node->first + width(node->depth);
}

/* The node of FIRST at DEPTH, below ABOVE. */
static void descend(const struct erasure_node *above, uint32_t first, unsigned depth,
                    struct erasure_node *ret)
{
    uint8_t input[crypto_core_hchacha20_INPUTBYTES] = {0}, child[SEAL_KEY_BYTES];
    struct erasure_node at = *above;
    for (unsigned level = above->depth; level < depth; level++) {
        input[0] = (uint8_t)(first >> (DEPTH - 1 - level) & 1);
        (void)crypto_core_hchacha20(child, input, at.key, NULL);
        memcpy(at.key, child, sizeof child);
    }
    at.first = first;
    at.depth = (uint8_t)depth;
    *ret = at;
    wipe(&at, sizeof at);
    wipe(child, sizeof child);
}

/* The node above LEAF, or the first one after it; nodes->count when there is neither. */
static size_t find(const struct erasure_nodes *nodes, uint32_t leaf)
{
    size_t low = 0, high = nodes->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (end_of(&nodes->nodes[middle]) <= leaf) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The largest node that begins at FROM and ends at END or before. */
static unsigned largest_from(uint64_t from, uint64_t end)
{
    unsigned depth = 0;
    while (from % width(depth) != 0 || from + width(depth) > end) {
        depth++;
    }
    return depth;
}

/* The nodes below ABOVE for the leaves FROM to END - 1. */
static void take_range(const struct erasure_node *above, uint64_t from, uint64_t end,
                       struct erasure_nodes *out)
{
    while (from < end) {
        unsigned depth = largest_from(from, end);
        descend(above, (uint32_t)from, depth, &out->nodes[out->count++]);
        from += width(depth);
    }
}

/* --- the tree --- */

status erasure_keys_of_nodes(struct erasure_nodes *nodes, struct erasure_keys **ret_keys)
{
    struct erasure_keys *keys = calloc(1, sizeof *keys);
    if (keys == NULL) {
        return FAIL(ARENA_FULL);
    }
    (void)pthread_rwlock_init(&keys->lock, NULL);
    keys->nodes = *nodes;
    *nodes = (struct erasure_nodes){0};
    *ret_keys = keys;
    return STATUS_OK;
}

status erasure_nodes_create(struct random_source *random, struct erasure_nodes *ret_nodes)
{
    struct erasure_node root = {0};
    if (sodium_init() < 0 || !nodes_new(DEPTH, ret_nodes)) {
        return FAIL(ARENA_FULL);
    }
    random_fill(random, root.key, SEAL_KEY_BYTES);
    take_range(&root, 1, width(0), ret_nodes);
    wipe(&root, sizeof root);
    return STATUS_OK;
}

status erasure_keys_create(struct random_source *random, struct erasure_keys **ret_keys)
{
    struct erasure_nodes nodes;
    TRY(erasure_nodes_create(random, &nodes));
    status s = erasure_keys_of_nodes(&nodes, ret_keys);
    erasure_nodes_free(&nodes);
    return s;
}

void erasure_keys_free(struct erasure_keys *keys)
{
    if (keys != NULL) {
        erasure_nodes_free(&keys->nodes);
        (void)pthread_rwlock_destroy(&keys->lock);
        free(keys);
    }
}

status erasure_key_of(struct erasure_keys *keys, uint32_t leaf, struct seal_key *ret_key)
{
    struct erasure_node node;
    (void)pthread_rwlock_rdlock(&keys->lock);
    size_t at = find(&keys->nodes, leaf);
    bool lives = leaf != 0 && at < keys->nodes.count && keys->nodes.nodes[at].first <= leaf;
    if (lives) {
        descend(&keys->nodes.nodes[at], leaf, DEPTH, &node);
    }
    (void)pthread_rwlock_unlock(&keys->lock);
    if (!lives) {
        return FAIL(DOCUMENT_ERASED);
    }
    memcpy(ret_key->bytes, node.key, SEAL_KEY_BYTES);
    wipe(&node, sizeof node);
    return STATUS_OK;
}

bool erasure_is_erased(struct erasure_keys *keys, uint32_t leaf)
{
    return erasure_next_leaf(keys, leaf) != leaf;
}

uint32_t erasure_next_leaf(struct erasure_keys *keys, uint32_t from)
{
    (void)pthread_rwlock_rdlock(&keys->lock);
    size_t at = find(&keys->nodes, from);
    uint32_t next = at == keys->nodes.count               ? 0
                    : keys->nodes.nodes[at].first <= from ? from
                                                          : keys->nodes.nodes[at].first;
    (void)pthread_rwlock_unlock(&keys->lock);
    return next;
}

size_t erasure_node_count(struct erasure_keys *keys)
{
    (void)pthread_rwlock_rdlock(&keys->lock);
    size_t count = keys->nodes.count;
    (void)pthread_rwlock_unlock(&keys->lock);
    return count;
}

void erasure_keys_replace(struct erasure_keys *keys, struct erasure_nodes *nodes)
{
    (void)pthread_rwlock_wrlock(&keys->lock);
    struct erasure_nodes old = keys->nodes;
    keys->nodes = *nodes;
    (void)pthread_rwlock_unlock(&keys->lock);
    *nodes = (struct erasure_nodes){0};
    erasure_nodes_free(&old);
}

/* --- erasing --- */

status erasure_without(struct erasure_keys *keys, const uint32_t *leaves, size_t count,
                       struct erasure_nodes *ret_nodes)
{
    (void)pthread_rwlock_rdlock(&keys->lock); /* nobody but this thread replaces them */
    const struct erasure_nodes *old = &keys->nodes;
    struct erasure_nodes made;
    size_t at = 0;
    bool good = nodes_new(old->count + count * DEPTH, &made);
    for (size_t i = 0; good && i < old->count; i++) {
        const struct erasure_node *node = &old->nodes[i];
        uint64_t from = node->first;
        for (; at < count && leaves[at] < end_of(node); at++) {
            assert(at == 0 || leaves[at - 1] < leaves[at]);
            if (leaves[at] >= from) {
                take_range(node, from, leaves[at], &made);
                from = (uint64_t)leaves[at] + 1;
            }
        }
        take_range(node, from, end_of(node), &made);
    }
    (void)pthread_rwlock_unlock(&keys->lock);
    if (!good || made.count > LIMIT_ERASURE_NODES) {
        erasure_nodes_free(&made);
        return FAIL(ARENA_FULL);
    }
    *ret_nodes = made;
    return STATUS_OK;
}

/* --- as bytes --- */

void erasure_nodes_encode(const struct erasure_nodes *nodes, uint8_t *out)
{
    for (size_t i = 0; i < nodes->count; i++, out += ERASURE_NODE_BYTES) {
        put_be32(out, nodes->nodes[i].first);
        out[4] = nodes->nodes[i].depth;
        memcpy(out + 5, nodes->nodes[i].key, SEAL_KEY_BYTES);
    }
}

static bool fits(const struct erasure_node *node, uint64_t after)
{
    return node->depth <= DEPTH && node->first % width(node->depth) == 0 && node->first >= after;
}

status erasure_nodes_decode(bytes encoded, struct erasure_nodes *ret_nodes)
{
    struct erasure_nodes made;
    size_t count = encoded.len / ERASURE_NODE_BYTES;
    uint64_t after = 0;
    if (encoded.len % ERASURE_NODE_BYTES != 0 || count > LIMIT_ERASURE_NODES ||
        !nodes_new(count, &made)) {
        return FAIL(KEY_FILE_INVALID);
    }
    for (const uint8_t *in = encoded.ptr; made.count < count; in += ERASURE_NODE_BYTES) {
        struct erasure_node *node = &made.nodes[made.count++];
        *node = (struct erasure_node){.first = get_be32(in), .depth = in[4]};
        memcpy(node->key, in + 5, SEAL_KEY_BYTES);
        if (!fits(node, after)) {
            erasure_nodes_free(&made);
            return FAIL(KEY_FILE_INVALID);
        }
        after = end_of(node);
    }
    *ret_nodes = made;
    return STATUS_OK;
}
