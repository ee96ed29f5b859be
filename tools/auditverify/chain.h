/*
 * chain: the audit chain followed entry by entry, from docs/audit.md alone.
 *
 * This shares no code with the server on purpose: what one of the two overlooks, the other may find.
 *
 * Memory   a chain owns the table of subjects: chain_free.
 * Threads  one.
 */
#ifndef HAYAT_AUDITVERIFY_CHAIN_H
#define HAYAT_AUDITVERIFY_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HASH_LEN = 32, PSEUDONYM_LEN = 16, SIGNATURE_LEN = 64, KEY_LEN = 32 };

/* A subject's last entry. */
struct subject {
    uint8_t pseudonym[PSEUDONYM_LEN];
    uint64_t number; /* 0: the slot is free */
    uint8_t leaf[HASH_LEN];
};

struct chain {
    uint64_t count;
    uint8_t head[HASH_LEN];
    struct subject *subjects; /* open addressing; a power of two, at most half full */
    size_t slots, used;
};

struct signed_head {
    uint64_t sequence, time_ms;
    uint8_t hash[HASH_LEN], signature[SIGNATURE_LEN];
};

/* NULL: fine.  Otherwise what is wrong, in English; the chain may not be used any more. */
const char *chain_add(struct chain *chain, const uint8_t *entry, size_t len);
/* NULL when HEAD is signed by KEY and is the one the entries so far lead to. */
const char *chain_check(const struct chain *chain, const uint8_t key[KEY_LEN],
                        const struct signed_head *head);
void chain_free(struct chain *chain);

#endif
