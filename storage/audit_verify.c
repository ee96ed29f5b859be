#include "storage/audit_verify.h"

#include <string.h>

#include "base/limits.h"
#include "storage/audit_head_store.h"

const char *audit_fault_text(enum audit_fault fault)
{
    switch (fault) {
    case AUDIT_WHOLE:
        return "whole";
    case AUDIT_ENTRY_UNREADABLE:
        return "the entry is missing or unreadable";
    case AUDIT_SEQUENCE_BROKEN:
        return "the entry does not have the next number";
    case AUDIT_HEAD_DIFFERS:
        return "the entries lead to another head";
    case AUDIT_HEAD_UNSIGNED:
        return "the head is not signed by the fund";
    case AUDIT_CUT_SHORT:
        return "a signed head is beyond the last entry";
    case AUDIT_SUBJECT_BROKEN:
        return "the subject's own entries do not follow each other";
    }
    return "";
}

/* --- the steps --- */

enum audit_fault audit_follow(struct audit_progress *progress, bytes encoded,
                              struct audit_entry *ret_entry, struct audit_hash *ret_leaf)
{
    if (!audit_entry_decode(encoded, ret_entry)) {
        return AUDIT_ENTRY_UNREADABLE;
    }
    if (ret_entry->sequence != progress->sequence + 1) {
        return AUDIT_SEQUENCE_BROKEN;
    }
    *ret_leaf = audit_leaf(encoded);
    progress->head = audit_chain(&progress->head, ret_leaf);
    progress->sequence++;
    return AUDIT_WHOLE;
}

enum audit_fault audit_compare(const struct audit_progress *progress, const uint8_t *public_key,
                               const struct audit_head *head)
{
    if (!audit_head_is_signed(public_key, head)) {
        return AUDIT_HEAD_UNSIGNED;
    }
    if (head->sequence > progress->sequence) {
        return AUDIT_CUT_SHORT;
    }
    return head->sequence == progress->sequence && audit_hash_equal(&head->hash, &progress->head)
               ? AUDIT_WHOLE
               : AUDIT_HEAD_DIFFERS;
}

/* --- the walk --- */

struct walk {
    struct db *db;
    const uint8_t *public_key;
    const struct audit_heads *outside;
    size_t outside_at;
    struct audit_head stored; /* the next stored head; sequence 0: none is left */
    struct audit_progress progress;
    struct audit_report *report;
    uint64_t last;
    struct arena arena;
};

/* Notes the first fault; false when there is one. */
static bool note(struct walk *walk, enum audit_fault fault, uint64_t at)
{
    if (fault != AUDIT_WHOLE && walk->report->fault == AUDIT_WHOLE) {
        walk->report->fault = fault;
        walk->report->at = at;
    }
    return walk->report->fault == AUDIT_WHOLE;
}

static status next_stored(struct walk *walk, struct txn *txn)
{
    status s = audit_head_from(txn, walk->progress.sequence + 1, &walk->stored);
    if (s.why == REASON_NOT_FOUND) {
        walk->stored.sequence = 0;
        return STATUS_OK;
    }
    return s;
}

static void compare(struct walk *walk, const struct audit_head *head)
{
    if (note(walk, audit_compare(&walk->progress, walk->public_key, head), head->sequence)) {
        walk->report->heads++;
    }
}

/* Every head of the entry just followed: the stored one, and those from outside. */
static status compare_heads(struct walk *walk, struct txn *txn)
{
    uint64_t here = walk->progress.sequence;
    if (walk->stored.sequence == here) {
        compare(walk, &walk->stored);
        TRY(next_stored(walk, txn));
    }
    const struct audit_heads *outside = walk->outside;
    while (walk->outside_at < outside->count && outside->heads[walk->outside_at].sequence <= here) {
        compare(walk, &outside->heads[walk->outside_at++]);
    }
    return STATUS_OK;
}

static bool is_hash(const ProtobufCBinaryData *data, const struct audit_hash *hash)
{
    return data->len == AUDIT_HASH_BYTES && memcmp(data->data, hash->bytes, AUDIT_HASH_BYTES) == 0;
}

/* The subject's rows: this entry's points here, the one before has the leaf this entry names. */
static status subject_fits(struct txn *txn, struct owner owner, const struct audit_entry *entry,
                           const struct audit_hash *leaf, bool *ret_fits)
{
    static const struct audit_hash none;
    audit_subject_row *row;
    TRY(audit_store_subject(txn, owner, entry->number, &row));
    bool fits = row->sequence == entry->sequence && is_hash(&row->leaf, leaf);
    if (entry->number == 1) {
        *ret_fits = fits && audit_hash_equal(&entry->previous, &none);
        return STATUS_OK;
    }
    TRY(audit_store_subject(txn, owner, entry->number - 1, &row));
    *ret_fits = fits && is_hash(&row->leaf, &entry->previous);
    return STATUS_OK;
}

static status check_subject(struct txn *txn, const audit_row *row, const struct audit_entry *entry,
                            const struct audit_hash *leaf, bool *ret_fits)
{
    *ret_fits = row->subject.len == 0;
    if (entry->number == 0 || row->subject.len != OWNER_BYTES) {
        return STATUS_OK; /* nobody's, or of somebody whose data was erased */
    }
    struct owner owner;
    uint8_t pseudonym[AUDIT_PSEUDONYM_BYTES];
    memcpy(owner.bytes, row->subject.data, OWNER_BYTES);
    audit_pseudonym(txn_keys(txn), bytes_of(owner.bytes, OWNER_BYTES), pseudonym);
    if (memcmp(pseudonym, entry->subject, AUDIT_PSEUDONYM_BYTES) != 0) {
        return STATUS_OK;
    }
    status s = subject_fits(txn, owner, entry, leaf, ret_fits);
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

static status look_at(struct walk *walk, struct txn *txn, const audit_row *row, uint64_t sequence)
{
    struct audit_entry entry;
    struct audit_hash leaf;
    bool fits = false;
    bytes encoded = bytes_of(row->entry.data, row->entry.len);
    if (!note(walk, audit_follow(&walk->progress, encoded, &entry, &leaf), sequence)) {
        return STATUS_OK;
    }
    TRY(compare_heads(walk, txn));
    if (!is_hash(&row->head, &walk->progress.head)) {
        (void)note(walk, AUDIT_HEAD_DIFFERS, sequence);
        return STATUS_OK;
    }
    TRY(check_subject(txn, row, &entry, &leaf, &fits));
    if (note(walk, fits ? AUDIT_WHOLE : AUDIT_SUBJECT_BROKEN, sequence)) {
        walk->report->entries++;
    }
    return STATUS_OK;
}

static status walk_step(struct walk *walk, struct txn *txn)
{
    for (uint32_t n = 0; n < LIMIT_CHECK_STEP_CELLS && walk->report->fault == AUDIT_WHOLE; n++) {
        uint64_t sequence = walk->progress.sequence + 1;
        audit_row *row;
        if (sequence > walk->last) {
            return STATUS_OK;
        }
        status s = audit_store_get(txn, sequence, &row);
        if (s.why == REASON_NOT_FOUND || s.why == REASON_STORE_CORRUPT) {
            (void)note(walk, AUDIT_ENTRY_UNREADABLE, sequence);
            return STATUS_OK;
        }
        TRY(s);
        TRY(look_at(walk, txn, row, sequence));
    }
    return STATUS_OK;
}

static status begin_walk(struct walk *walk, struct txn *txn)
{
    struct audit_tip tip;
    struct audit_head newest;
    TRY(audit_store_tip(txn, &tip));
    walk->last = tip.sequence;
    status s = audit_head_last(txn, &newest);
    if (ok(s) && newest.sequence > tip.sequence) {
        (void)note(walk, AUDIT_CUT_SHORT, newest.sequence);
    }
    TRY(ok(s) || s.why == REASON_NOT_FOUND ? STATUS_OK : s);
    return next_stored(walk, txn);
}

static status in_read(struct walk *walk, status (*body)(struct walk *walk, struct txn *txn))
{
    struct txn *txn;
    arena_reset(&walk->arena, LIMIT_CHECK_ARENA_BYTES);
    TRY(txn_begin_read(walk->db, &walk->arena, &txn));
    status s = body(walk, txn);
    txn_end_read(txn);
    return s;
}

static status run_walk(struct walk *walk)
{
    TRY(in_read(walk, begin_walk));
    while (walk->progress.sequence < walk->last && walk->report->fault == AUDIT_WHOLE) {
        TRY(in_read(walk, walk_step));
    }
    if (walk->report->fault == AUDIT_WHOLE && walk->outside_at < walk->outside->count) {
        compare(walk, &walk->outside->heads[walk->outside_at]); /* what it signs was cut off */
    }
    return walk->report->fault == AUDIT_WHOLE ? STATUS_OK : FAIL(STORE_CORRUPT);
}

status audit_verify(struct db *db, const uint8_t *public_key, const struct audit_heads *outside,
                    struct audit_report *ret_report)
{
    *ret_report = (struct audit_report){.fault = AUDIT_WHOLE};
    struct walk walk = {
        .db = db, .public_key = public_key, .outside = outside, .report = ret_report};
    arena_init(&walk.arena, LIMIT_CHECK_ARENA_BYTES);
    status s = run_walk(&walk);
    arena_fini(&walk.arena);
    return s;
}

/* --- a piece --- */

/* What the chain had come to before the piece; nothing vouches for it but the heads after it. */
static status start_before(struct walk *walk, struct txn *txn, uint64_t first)
{
    if (first <= 1) {
        return STATUS_OK;
    }
    audit_row *row;
    TRY(audit_store_get(txn, first - 1, &row));
    if (row->head.len != AUDIT_HASH_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    walk->progress.sequence = first - 1;
    memcpy(walk->progress.head.bytes, row->head.data, AUDIT_HASH_BYTES);
    return STATUS_OK;
}

status audit_check_range(struct txn *txn, const uint8_t *public_key, struct audit_range range,
                         struct audit_report *ret_report)
{
    static const struct audit_heads none;
    struct audit_tip tip;
    *ret_report = (struct audit_report){.fault = AUDIT_WHOLE};
    struct walk walk = {
        .public_key = public_key, .outside = &none, .report = ret_report, .last = range.last};
    TRY(audit_store_tip(txn, &tip));
    if (range.last > tip.sequence) {
        return FAIL(NOT_FOUND);
    }
    TRY(start_before(&walk, txn, range.first));
    TRY(next_stored(&walk, txn));
    while (walk.progress.sequence < walk.last && ret_report->fault == AUDIT_WHOLE) {
        TRY(walk_step(&walk, txn));
    }
    return STATUS_OK;
}
