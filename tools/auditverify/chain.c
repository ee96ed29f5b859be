#include "tools/auditverify/chain.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIXED_LEN = 108,
    OFFSET_SEQUENCE = 1,
    OFFSET_SUBJECT = 34,
    OFFSET_NUMBER = 50,
    OFFSET_PREVIOUS = 58,
    TEXTS = 3,
    FIRST_SLOTS = 256,
};

static const uint8_t longest_text[TEXTS] = {96, 16, 64}; /* event, type, purpose */

static uint64_t number_at(const uint8_t *entry, size_t offset)
{
    uint64_t number = 0;
    for (size_t i = offset; i < offset + 8; i++) {
        number = number << 8 | entry[i];
    }
    return number;
}

static bool is_zero(const uint8_t *at, size_t len)
{
    return sodium_is_zero(at, len) == 1;
}

/* Version 1, three texts within their lengths, and nothing after them. */
static bool is_entry(const uint8_t *entry, size_t len)
{
    if (len < FIXED_LEN || entry[0] != 1) {
        return false;
    }
    size_t at = FIXED_LEN;
    for (size_t i = 0; i < TEXTS; i++) {
        if (at >= len || entry[at] > longest_text[i]) {
            return false;
        }
        at += 1U + entry[at];
    }
    return at == len;
}

/* --- subjects --- */

static struct subject *find(struct subject *subjects, size_t slots, const uint8_t *pseudonym)
{
    size_t at = (size_t)number_at(pseudonym, 0) & (slots - 1);
    while (subjects[at].number != 0 &&
           memcmp(subjects[at].pseudonym, pseudonym, PSEUDONYM_LEN) != 0) {
        at = (at + 1) & (slots - 1);
    }
    return &subjects[at];
}

static bool make_room(struct chain *chain)
{
    if (2 * chain->used < chain->slots) {
        return true;
    }
    size_t slots = chain->slots == 0 ? FIRST_SLOTS : 2 * chain->slots;
    struct subject *subjects = calloc(slots, sizeof *subjects);
    if (subjects == NULL) {
        return false;
    }
    for (size_t i = 0; i < chain->slots; i++) {
        if (chain->subjects[i].number != 0) {
            *find(subjects, slots, chain->subjects[i].pseudonym) = chain->subjects[i];
        }
    }
    free(chain->subjects);
    chain->subjects = subjects;
    chain->slots = slots;
    return true;
}

/* The subject's own chain: numbers without a gap, each entry naming the leaf of the one before. */
static const char *add_to_subject(struct chain *chain, const uint8_t *entry, const uint8_t *leaf)
{
    const uint8_t *pseudonym = entry + OFFSET_SUBJECT, *previous = entry + OFFSET_PREVIOUS;
    uint64_t number = number_at(entry, OFFSET_NUMBER);
    if (is_zero(pseudonym, PSEUDONYM_LEN)) {
        return number == 0 && is_zero(previous, HASH_LEN) ? NULL : "nobody's entry has a number";
    }
    if (!make_room(chain)) {
        return "there is no memory left";
    }
    struct subject *subject = find(chain->subjects, chain->slots, pseudonym);
    if (number != subject->number + 1) {
        return "the subject's entries have a gap";
    }
    if (memcmp(previous, subject->leaf, HASH_LEN) != 0) {
        return "the entry does not name the subject's entry before";
    }
    chain->used += subject->number == 0 ? 1 : 0;
    memcpy(subject->pseudonym, pseudonym, PSEUDONYM_LEN);
    subject->number = number;
    memcpy(subject->leaf, leaf, HASH_LEN);
    return NULL;
}

/* --- the chain --- */

const char *chain_add(struct chain *chain, const uint8_t *entry, size_t len)
{
    if (!is_entry(entry, len)) {
        return "this is no entry";
    }
    if (number_at(entry, OFFSET_SEQUENCE) != chain->count + 1) {
        return "the entry does not have the next number";
    }
    uint8_t leaf[HASH_LEN];
    crypto_generichash_state state;
    (void)crypto_generichash(leaf, HASH_LEN, entry, len, NULL, 0);
    (void)crypto_generichash_init(&state, NULL, 0, HASH_LEN);
    (void)crypto_generichash_update(&state, chain->head, HASH_LEN);
    (void)crypto_generichash_update(&state, leaf, HASH_LEN);
    (void)crypto_generichash_final(&state, chain->head, HASH_LEN);
    chain->count++;
    return add_to_subject(chain, entry, leaf);
}

static void put_number(uint8_t *out, uint64_t number)
{
    for (int i = 7; i >= 0; i--) {
        out[i] = (uint8_t)number;
        number >>= 8;
    }
}

const char *chain_check(const struct chain *chain, const uint8_t key[KEY_LEN],
                        const struct signed_head *head)
{
    static const char context[] = "hayat audit head v1"; /* its NUL is signed too */
    uint8_t text[sizeof context + 8 + 8 + HASH_LEN];
    memcpy(text, context, sizeof context);
    put_number(text + sizeof context, head->sequence);
    put_number(text + sizeof context + 8, head->time_ms);
    memcpy(text + sizeof context + 16, head->hash, HASH_LEN);
    if (crypto_sign_verify_detached(head->signature, text, sizeof text, key) != 0) {
        return "the head is not signed by this key";
    }
    if (head->sequence > chain->count) {
        return "the entries end before a signed head";
    }
    if (head->sequence < chain->count) {
        return "the heads are out of order";
    }
    return memcmp(head->hash, chain->head, HASH_LEN) == 0 ? NULL
                                                          : "the entries lead to another head";
}

void chain_free(struct chain *chain)
{
    free(chain->subjects);
    *chain = (struct chain){0};
}
