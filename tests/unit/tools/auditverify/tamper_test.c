/*
 * Promise (SEC-F1): in a chain of 10,000 entries, an entry flipped, deleted, swapped, repeated or cut off at any position is
 * found, by hayatctl's verifier and by hayat-auditverify's, which share no code; so is a forger who numbers and chains
 * everything anew.  Each of the 50,000 changes is made and looked for, from a copy of the verifier as it was before it.
 */
#include <sodium.h>
#include <stdlib.h>

#include "base/random.h"
#include "storage/audit_head.h"
#include "storage/audit_verify.h"
#include "tests/support/cm.h"
#include "tools/auditverify/chain.h"

enum {
    ENTRIES = 10000,
    SUBJECTS = 48,
    HEAD_EVERY = 1000,
    HEADS = ENTRIES / HEAD_EVERY,
    SLOTS =
        256, /* of the other verifier's table: room for all subjects, so that it does not grow */
    FORGED_EVERY = 50,
};

struct line {
    uint8_t bytes[AUDIT_ENTRY_MAX];
    size_t len;
};

static struct line lines[ENTRIES], forged[ENTRIES];
static struct audit_head heads[HEADS];
static struct audit_signer signer;

static bytes view(const struct line *line)
{
    return bytes_of(line->bytes, line->len);
}

/* --- a chain --- */

struct last {
    uint64_t number;
    struct audit_hash leaf;
};

static void chain_line(struct line *line, struct audit_entry *entry, struct last *subject)
{
    if (subject != NULL) {
        entry->number = ++subject->number;
        entry->previous = subject->leaf;
    }
    line->len = audit_entry_encode(entry, line->bytes);
    if (subject != NULL) {
        subject->leaf = audit_leaf(view(line));
    }
}

static int make_chain(void **state)
{
    (void)state;
    static struct last last[SUBJECTS];
    struct seal_keys keys = {.current[DOMAIN_AUDIT] = 1};
    struct audit_progress progress = {0};
    memset(keys.key[DOMAIN_AUDIT][1].bytes, 7, SEAL_KEY_BYTES);
    audit_signer_init(&signer, &keys);
    for (size_t i = 0; i < ENTRIES; i++) {
        struct audit_entry entry = {.sequence = i + 1,
                                    .time_ms = (int64_t)(1700000000000 + i * 250),
                                    .actor_kind = AUDIT_ACTOR_MEMBER,
                                    .event = bytes_str("hayat.v1.Service/Method"),
                                    .object_type = bytes_str("lc"),
                                    .purpose = bytes_str(i % 3 == 0 ? "case-17" : "")};
        uint32_t who = randombytes_uniform(SUBJECTS + 1); /* the last one is nobody */
        randombytes_buf(entry.object, sizeof entry.object);
        memset(entry.subject, who < SUBJECTS ? (int)who + 1 : 0, sizeof entry.subject);
        chain_line(&lines[i], &entry, who < SUBJECTS ? &last[who] : NULL);
        struct audit_hash leaf;
        assert_int_equal(audit_follow(&progress, view(&lines[i]), &entry, &leaf), AUDIT_WHOLE);
        if ((i + 1) % HEAD_EVERY == 0) {
            struct audit_head *head = &heads[i / HEAD_EVERY];
            *head = (struct audit_head){.sequence = i + 1, .time_ms = 1, .hash = progress.head};
            audit_head_sign(&signer, head);
        }
    }
    return 0;
}

/* --- the two verifiers behind one face --- */

struct verifier {
    struct audit_progress ours;
    struct chain other;
    struct subject subjects[SLOTS];
    size_t head_at;
    bool ours_found, other_found;
};

static void begin(struct verifier *v)
{
    memset(v, 0, sizeof *v);
    v->other.subjects = v->subjects;
    v->other.slots = SLOTS;
}

static void copy(struct verifier *to, const struct verifier *from)
{
    *to = *from;
    to->other.subjects = to->subjects;
}

static bool other_head(const struct verifier *v, const struct audit_head *head)
{
    struct signed_head same = {.sequence = head->sequence, .time_ms = (uint64_t)head->time_ms};
    memcpy(same.hash, head->hash.bytes, HASH_LEN);
    memcpy(same.signature, head->signature, SIGNATURE_LEN);
    return chain_check(&v->other, signer.public_key, &same) == NULL;
}

static void feed(struct verifier *v, const struct line *line)
{
    struct audit_entry entry;
    struct audit_hash leaf;
    v->ours_found = v->ours_found ||
                    audit_follow(&v->ours, view(line), &entry, &leaf) != AUDIT_WHOLE;
    v->other_found = v->other_found || chain_add(&v->other, line->bytes, line->len) != NULL;
    if (v->head_at < HEADS && !v->ours_found && heads[v->head_at].sequence == v->ours.sequence) {
        v->ours_found = audit_compare(&v->ours, signer.public_key, &heads[v->head_at]) !=
                        AUDIT_WHOLE;
    }
    if (v->head_at < HEADS && !v->other_found && heads[v->head_at].sequence == v->other.count) {
        v->other_found = !other_head(v, &heads[v->head_at]);
    }
    v->head_at += v->head_at < HEADS && (v->ours.sequence == heads[v->head_at].sequence ||
                                         v->other.count == heads[v->head_at].sequence);
}

static bool both_found(const struct verifier *v)
{
    return v->ours_found && v->other_found;
}

/* FROM the position on as it is, until both know or everything was said; then the heads that are left. */
static void feed_rest(struct verifier *v, const struct line *from, size_t at)
{
    for (size_t i = at; i < ENTRIES && !both_found(v); i++) {
        feed(v, &from[i]);
    }
    if (v->head_at < HEADS) {
        v->ours_found = v->ours_found || audit_compare(&v->ours, signer.public_key,
                                                       &heads[v->head_at]) != AUDIT_WHOLE;
        v->other_found = v->other_found || !other_head(v, &heads[v->head_at]);
    }
}

/* --- the five changes, at position I of a chain whose verifiers stand before it --- */

static void flip(struct verifier *v, size_t i)
{
    struct line changed = lines[i];
    uint32_t bit = randombytes_uniform((uint32_t)changed.len * 8);
    changed.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    feed(v, &changed);
    feed_rest(v, lines, i + 1);
}

static void drop(struct verifier *v, size_t i)
{
    feed_rest(v, lines, i + 1);
}

static void swap(struct verifier *v, size_t i)
{
    if (i + 1 < ENTRIES) {
        feed(v, &lines[i + 1]);
        feed(v, &lines[i]);
    } else { /* the last one, with the first */
        feed(v, &lines[0]);
    }
    feed_rest(v, lines, i + 2);
}

static void repeat(struct verifier *v, size_t i)
{
    feed(v, &lines[i]);
    feed(v, &lines[i]);
    feed_rest(v, lines, i + 1);
}

static void cut(struct verifier *v, size_t i)
{
    (void)i;
    feed_rest(v, lines, ENTRIES);
}

static void at_every_position(void (*change)(struct verifier *v, size_t i))
{
    static struct verifier before, changed;
    begin(&before);
    for (size_t i = 0; i < ENTRIES; i++) {
        copy(&changed, &before);
        change(&changed, i);
        if (!changed.ours_found || !changed.other_found) {
            fail_msg("position %zu: %s%s", i, changed.ours_found ? "" : "hayatctl's is blind ",
                     changed.other_found ? "" : "hayat-auditverify's is blind");
        }
        feed(&before, &lines[i]);
        assert_false(before.ours_found || before.other_found);
    }
    assert_int_equal(before.head_at, HEADS); /* the chain as it is was whole */
}

static void test_flip(void **state)
{
    (void)state;
    at_every_position(flip);
}

static void test_delete(void **state)
{
    (void)state;
    at_every_position(drop);
}

static void test_swap(void **state)
{
    (void)state;
    at_every_position(swap);
}

static void test_repeat(void **state)
{
    (void)state;
    at_every_position(repeat);
}

static void test_cut(void **state)
{
    (void)state;
    at_every_position(cut);
}

/* The entry is dropped, all later ones are numbered anew and their subjects' chains mended: only signed heads tell. */
static void forge_without(size_t dropped)
{
    static struct last last[256];
    memset(last, 0, sizeof last);
    size_t end = (dropped / HEAD_EVERY + 1) *
                 HEAD_EVERY; /* what comes after the next head is not looked at */
    for (size_t i = 0; i < end && i < ENTRIES - 1; i++) {
        struct audit_entry entry;
        assert_true(audit_entry_decode(view(&lines[i < dropped ? i : i + 1]), &entry));
        entry.sequence = i + 1;
        chain_line(&forged[i], &entry, entry.number == 0 ? NULL : &last[entry.subject[0]]);
    }
}

static void test_forger(void **state)
{
    (void)state;
    static struct verifier v;
    for (size_t dropped = 0; dropped < ENTRIES - HEAD_EVERY; dropped += FORGED_EVERY * 3 + 1) {
        forge_without(dropped);
        begin(&v);
        for (size_t i = 0; i < (dropped / HEAD_EVERY + 1) * HEAD_EVERY; i++) {
            feed(&v, &forged[i]);
        }
        assert_true(both_found(&v));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flip),   cmocka_unit_test(test_delete), cmocka_unit_test(test_swap),
        cmocka_unit_test(test_repeat), cmocka_unit_test(test_cut),    cmocka_unit_test(test_forger),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, make_chain, NULL);
}
