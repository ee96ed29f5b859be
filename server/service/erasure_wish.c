#include "service/erasure_wish.h"

#include "auth/throttle.h"
#include "base/limits.h"
#include "hayat/v1/privacy.pb-c.h"
#include "service/member_erasure.h"
#include "service/message.h"
#include "service/notice.h"
#include "service/notification.h"
#include "service/retention_rules.h"
#include "storage/member_store.h"

#define STATE(name) HAYAT__V1__RECTIFICATION_STATE__RECTIFICATION_STATE_##name

bool erasure_wish_is(const rectification_row *row)
{
    return row->subject == HAYAT__V1__RECTIFICATION_SUBJECT__RECTIFICATION_SUBJECT_ERASURE;
}

/* --- how often --- */

static const struct throttle_rule decided = {THROTTLE_ERASURE_WISHES, LIMIT_ERASURE_WISHES,
                                             LIMIT_ERASURE_WISHES_MS};
static const struct throttle_rule taken_back = {
    THROTTLE_ERASURE_WITHDRAWALS, LIMIT_ERASURE_WITHDRAWALS, LIMIT_ERASURE_WITHDRAWALS_MS};

/* One more has ended.  What ends it is never refused over a count. */
static status count_ended(struct txn *txn, struct owner owner, const struct throttle_rule *rule)
{
    int64_t retry_after_ms;
    status s = throttle_take(txn, rule, bytes_of(owner.bytes, OWNER_BYTES), &retry_after_ms);
    return s.why == REASON_RATE_LIMITED || s.why == REASON_OVERLOADED ? STATUS_OK : s;
}

static status look(struct txn *txn, struct owner owner, const struct throttle_rule *rule,
                   struct erasure_room *room, enum erasure_bound bound)
{
    bytes key = bytes_of(owner.bytes, OWNER_BYTES);
    status s = throttle_peek(txn, rule, key, &room->retry_after_ms);
    room->bound = s.why == REASON_RATE_LIMITED ? bound : ERASURE_WITHIN_BOUNDS;
    return s.why == REASON_RATE_LIMITED ? STATUS_OK : s;
}

status erasure_wish_room(struct txn *txn, struct owner owner, struct erasure_room *ret_room)
{
    TRY(look(txn, owner, &decided, ret_room, ERASURE_WISHES_SPENT));
    return ret_room->bound == ERASURE_WITHIN_BOUNDS
               ? look(txn, owner, &taken_back, ret_room, ERASURE_WITHDRAWALS_SPENT)
               : STATUS_OK;
}

/* --- asking --- */

static bool see_open(void *ctx, struct key key, const ProtobufCMessage *record)
{
    bool *open = ctx;
    (void)key;
    *open = ((const rectification_row *)record)->state == STATE(IN_REVIEW);
    return !*open;
}

status erasure_wish_is_open(struct txn *txn, struct owner owner, bool *ret_open)
{
    *ret_open = false;
    return rectification_store_list(txn, owner, key_empty(), see_open, ret_open);
}

/* In the inbox, and by letter and text message: whoever has a stranger's telephone must not ask for this unnoticed (SEC-B8). */
static status tell(struct txn *txn, struct owner owner, struct id id, enum notification_kind kind,
                   enum notice_kind notice)
{
    TRY(notification_add(
        txn, &(struct notification){
                 .owner = owner, .kind = kind, .object_type = ERASURE_WISH_TYPE, .object = id}));
    return notice_send_everywhere(txn, &(struct notice){.owner = owner, .kind = notice});
}

static bool has_left(struct txn *txn, const Hayat__Store__V1__StoredMember *member)
{
    return member->left_ms != 0 &&
           member->left_ms <= retention_now_ms(txn_now_ms(txn), txn_steady_ms(txn));
}

static status left_by_now(struct txn *txn, struct owner owner, bool *ret_left)
{
    Hayat__Store__V1__StoredMember *member;
    status s = member_store_get(txn, owner, &member);
    *ret_left = ok(s) && has_left(txn, member);
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

status erasure_wish_ask(struct txn *txn, struct owner owner, rectification_row *wish)
{
    bool open, all; /* ALL: what persons say yes to; the feed may say more between two votes */
    struct task_spec spec = {.kind = TASK_KIND(ERASURE),
                             .owner = owner,
                             .due_in_ms = LIMIT_ERASURE_REVIEW_MS,
                             .persons_needed = 2,
                             .refusers_needed = 2};
    TRY(erasure_wish_is_open(txn, owner, &open));
    if (open) {
        return FAIL(ERASURE_OPEN);
    }
    if (!id_of_binary(wish->rectification_id, &spec.object)) {
        return FAIL(INTERNAL);
    }
    TRY(left_by_now(txn, owner, &all));
    TRY(task_parties_add_counter(txn, owner, &spec.parties));
    wish->takes_all = all;
    wish->state = STATE(IN_REVIEW);
    TRY(rectification_store_put(txn, owner, wish));
    TRY(task_open(txn, &spec));
    return tell(txn, owner, spec.object, NOTIFICATION_ERASURE_ASKED, NOTICE_ERASURE_ASKED);
}

status erasure_wish_withdraw(struct txn *txn, struct owner owner, struct id id,
                             rectification_row **ret_wish)
{
    rectification_row *wish;
    TRY(rectification_store_find(txn, owner, id, &wish));
    if (!erasure_wish_is(wish)) {
        return FAIL(NOT_FOUND);
    }
    if (wish->state != STATE(IN_REVIEW)) {
        return FAIL(ERASURE_OVER);
    }
    wish->state = STATE(WITHDRAWN);
    wish->decide_ms = txn_now_ms(txn);
    TRY(rectification_store_put(txn, owner, wish));
    TRY(task_withdraw(txn, TASK_KIND(ERASURE), id));
    TRY(count_ended(txn, owner, &taken_back));
    TRY(tell(txn, owner, id, NOTIFICATION_ERASURE_WITHDRAWN, NOTICE_ERASURE_WITHDRAWN));
    *ret_wish = wish;
    return STATUS_OK;
}

/* --- deciding --- */

status erasure_wish_takes_all(struct txn *txn, struct owner owner, const rectification_row *wish,
                              bool *ret_all)
{
    bool left = true;
    if (wish->takes_all && wish->state == STATE(IN_REVIEW)) {
        TRY(left_by_now(txn, owner, &left));
    }
    *ret_all = wish->takes_all && left;
    return STATUS_OK;
}

/* What is kept while insured is not needed for a return that they do not want. */
static status end_period(struct txn *txn, struct owner owner)
{
    Hayat__Store__V1__StoredMember *member;
    TRY(member_store_get(txn, owner, &member));
    member->erase_ms = txn_now_ms(txn);
    return member_store_put(txn, owner, member);
}

static status grant(struct txn *txn, struct owner owner, struct id id, rectification_row *wish)
{
    bool all;
    TRY(erasure_wish_takes_all(txn, owner, wish, &all));
    wish->takes_all = all;
    wish->state = STATE(ERASED);
    TRY(all ? end_period(txn, owner) : STATUS_OK);
    TRY(member_erasure_begin_use(txn, owner, id));
    return notice_send_everywhere(txn,
                                  &(struct notice){.owner = owner, .kind = NOTICE_ERASURE_GRANTED});
}

static status refuse(struct txn *txn, struct owner owner, struct id id, rectification_row *wish,
                     const char *reason)
{
    wish->state = STATE(REFUSED);
    wish->answer = arena_str(txn_arena(txn), bytes_str(reason));
    TRY(arena_check(txn_arena(txn)));
    return tell(txn, owner, id, NOTIFICATION_ERASURE_REFUSED, NOTICE_ERASURE_REFUSED);
}

/* RULE ERASURE-PERSONS: never by machine alone, neither yes nor no. */
status erasure_wish_decided(struct txn *txn, struct owner owner, struct id id, const task_row *task)
{
    rectification_row *wish;
    TRY(rectification_store_find(txn, owner, id, &wish));
    if (wish->state != STATE(IN_REVIEW) || task->n_votes < 2) {
        return FAIL(STORE_CORRUPT);
    }
    wish->decide_ms = txn_now_ms(txn);
    TRY(count_ended(txn, owner, &decided));
    TRY(task->state == TASK_STATE(APPROVED)
            ? grant(txn, owner, id, wish)
            : refuse(txn, owner, id, wish, task->votes[task->n_votes - 1]->reason));
    return rectification_store_put(txn, owner, wish);
}

struct taking_all {
    int64_t left_ms;
    bool found;
};

static bool see_taken(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct taking_all *taking = ctx;
    const rectification_row *wish = (const rectification_row *)record;
    (void)key;
    taking->found = wish->takes_all && wish->state == STATE(ERASED) &&
                    taking->left_ms <= wish->decide_ms;
    return !taking->found;
}

status erasure_wish_took_all(struct txn *txn, struct owner owner, int64_t left_ms, bool *ret_took)
{
    struct taking_all taking = {.left_ms = left_ms};
    TRY(rectification_store_list(txn, owner, key_empty(), see_taken, &taking));
    *ret_took = taking.found;
    return STATUS_OK;
}
