#include "service/campaign_walk.h"

#include "base/clock.h"
#include "service/campaign.h"
#include "service/delivery_evidence.h"
#include "service/life_certificate_flow.h"
#include "service/message.h"
#include "service/notice.h"
#include "service/notification.h"
#include "service/obligation_record.h"
#include "service/preferences.h"

typedef Hayat__Store__V1__StoredReminder reminder_row;
typedef Hayat__Store__V1__StoredReminderRule rule_row;

#define OUTCOME(name) HAYAT__STORE__V1__REMINDER_OUTCOME__REMINDER_OUTCOME_##name
#define WAY(name) HAYAT__STORE__V1__REMINDER_WAY__REMINDER_WAY_##name

/* --- evidence --- */

static Hayat__Store__V1__ReminderOutcome outcome_of(const struct delivery_evidence *evidence)
{
    if (evidence->counts) {
        return OUTCOME(DELIVERED);
    }
    if (evidence->grade == DELIVERY_ENDED) {
        return OUTCOME(FAILED);
    }
    return evidence->grade == DELIVERY_ACCEPTED ? OUTCOME(ACCEPTED) : OUTCOME(UNSPECIFIED);
}

/* Sets *RET_CHANGED when something is known now that was not: the network may say yes after it said no, and never the other way round. */
static status note_evidence(struct txn *txn, struct owner owner, reminder_row *reminder,
                            bool *ret_changed)
{
    struct delivery_evidence evidence;
    if (reminder->outcome == OUTCOME(DELIVERED) || reminder->outbox_sequence == 0) {
        return STATUS_OK;
    }
    TRY(delivery_evidence(txn, owner, reminder->outbox_sequence, &evidence));
    Hayat__Store__V1__ReminderOutcome outcome = outcome_of(&evidence);
    bool less = outcome == OUTCOME(UNSPECIFIED) ||
                (outcome == OUTCOME(ACCEPTED) && reminder->outcome == OUTCOME(FAILED));
    if (less || outcome == reminder->outcome) {
        return STATUS_OK;
    }
    reminder->outcome = outcome;
    reminder->settle_ms = evidence.settle_ms;
    reminder->settle_steady_ms = txn_steady_ms(txn);
    *ret_changed = true;
    return STATUS_OK;
}

static status note_all(struct txn *txn, struct owner owner, obligation_row *obligation)
{
    bool changed = false;
    for (size_t i = 0; i < obligation->n_reminders; i++) {
        TRY(note_evidence(txn, owner, obligation->reminders[i], &changed));
    }
    return changed ? obligation_store_put(txn, owner, obligation) : STATUS_OK;
}

/* --- reminders --- */

/* RULE LC-10: who has something to do is reminded: not who waits for the fund, has proven life, or is suspended already. */
static bool is_to_remind(obligation_state state)
{
    return state == OBLIGATION(DUE) || state == OBLIGATION(DRAFT) ||
           state == OBLIGATION(MORE_NEEDED) || state == OBLIGATION(REFUSED) ||
           state == OBLIGATION(SUSPENSION_PROPOSED);
}

/* The rule whose day came last; what was missed before it is not made up for.  NULL: none yet, or it was sent. */
static const rule_row *rule_due(const struct reminder_plan *plan, const obligation_row *obligation,
                                int64_t today)
{
    const rule_row *due = NULL;
    for (size_t i = 0; i < plan->count; i++) {
        const rule_row *rule = plan->rules[i];
        bool came = obligation->due_days + rule->offset_days <= today;
        due = came && (due == NULL || rule->offset_days > due->offset_days) ? rule : due;
    }
    for (size_t i = 0; due != NULL && i < obligation->n_reminders; i++) {
        if (obligation->reminders[i]->offset_days >= due->offset_days) {
            return NULL;
        }
    }
    return due;
}

/* Of those since somebody said no that were sent at STEADY_MS or later, how many are not known to be lost. */
static size_t count_since_no(const obligation_row *obligation, int64_t steady_ms)
{
    size_t count = 0;
    const reminder_row *last = NULL;
    for (size_t i = obligation->spent_reminders; i < obligation->n_reminders; i++) {
        const reminder_row *reminder = obligation->reminders[i];
        bool provable = reminder->outbox_sequence != 0 && reminder->outcome != OUTCOME(FAILED) &&
                        reminder->send_steady_ms >= steady_ms;
        bool same = last != NULL && last->offset_days == reminder->offset_days;
        count += provable && !same ? 1 : 0;
        last = provable ? reminder : last;
    }
    return count;
}

static bool is_over(const struct reminder_plan *plan, const obligation_row *obligation,
                    int64_t today)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (obligation->due_days + plan->rules[i]->offset_days > today) {
            return false;
        }
    }
    return plan->count > 0;
}

/* Whether a suspension would want more of them than there can be: of who was refused two, and of who was away one of since. */
static bool wants_more(const obligation_row *obligation, int64_t returned_ms)
{
    obligation_state state = (obligation_state)obligation->state;
    bool back = returned_ms != 0 && state == OBLIGATION(DUE);
    bool few = count_since_no(obligation, 0) < LIMIT_SUSPENSION_REMINDERS;
    bool none = returned_ms != 0 && count_since_no(obligation, returned_ms) == 0;
    return (state == OBLIGATION(REFUSED) || back) && (few || none);
}

/* RULE LC-13, LC-19: who was refused and begins nothing is reminded anew, and so is who was told as gone and is back: by what is left of the
   plan, and when that is over by as many more as a suspension takes, LIMIT_REMINDER_AGAIN_MS apart.  RETURNED_MS: when they were obliged
   again (obligation_returned). */
static const rule_row *rule_anew(struct txn *txn, const obligation_row *obligation, int64_t today,
                                 int64_t returned_ms)
{
    size_t sent = obligation->n_reminders;
    int64_t last_ms = sent > 0 ? obligation->reminders[sent - 1]->send_ms : 0;
    last_ms = obligation->spent_ms > last_ms ? obligation->spent_ms : last_ms;
    if (!wants_more(obligation, returned_ms) ||
        txn_now_ms(txn) - last_ms < LIMIT_REMINDER_AGAIN_MS) {
        return NULL;
    }
    rule_row *rule = message_new(txn_arena(txn),
                                 &hayat__store__v1__stored_reminder_rule__descriptor);
    if (rule != NULL) { /* else the arena is full, which the walk is told when it ends */
        rule->offset_days = (int32_t)(today - obligation->due_days);
        rule->way = WAY(EVERYWHERE);
    }
    return rule;
}

static status add_reminder(struct txn *txn, obligation_row *obligation,
                           const reminder_row *reminder)
{
    struct arena *arena = txn_arena(txn);
    size_t count = obligation->n_reminders;
    reminder_row *kept = arena_alloc(arena, sizeof *kept);
    reminder_row **list = arena_array(arena, count + 1, sizeof *list);
    if (kept == NULL || list == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (count > 0) {
        memcpy(list, obligation->reminders, count * sizeof *list);
    }
    *kept = *reminder;
    list[count] = kept;
    obligation->reminders = list;
    obligation->n_reminders = count + 1;
    return STATUS_OK;
}

static status add_sent(struct txn *txn, obligation_row *obligation, reminder_row *reminder,
                       const struct notice_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        reminder->channel = (uint32_t)rows->rows[i].channel;
        reminder->outbox_sequence = rows->rows[i].sequence;
        TRY(add_reminder(txn, obligation, reminder));
    }
    return STATUS_OK;
}

static status send_everywhere(struct txn *txn, struct owner owner, obligation_row *obligation,
                              reminder_row *reminder)
{
    const struct notice notice = {.owner = owner, .kind = NOTICE_CERTIFICATE_REMINDER};
    struct notice_rows rows;
    TRY(notice_send_provably(txn, &notice, &rows));
    return add_sent(txn, obligation, reminder, &rows);
}

static status remind(struct txn *txn, struct owner owner, obligation_row *obligation,
                     const rule_row *rule)
{
    uint64_t email;
    reminder_row reminder = HAYAT__STORE__V1__STORED_REMINDER__INIT;
    struct notification news = {
        .owner = owner, .kind = NOTIFICATION_LIFE_CERTIFICATE_REMINDER, .object_type = "obl"};
    if (!id_of_binary(obligation->obligation_id, &news.object)) {
        return FAIL(STORE_CORRUPT);
    }
    reminder.offset_days = rule->offset_days;
    reminder.send_ms = txn_now_ms(txn);
    reminder.send_steady_ms = txn_steady_ms(txn);
    reminder.channel = CHANNEL_APP;
    TRY(notification_add_told(txn, &news, &email));
    TRY(add_reminder(txn, obligation, &reminder));
    if (email != 0) {
        reminder.channel = CHANNEL_EMAIL;
        reminder.outbox_sequence = email;
        TRY(add_reminder(txn, obligation, &reminder));
    }
    if (rule->way == WAY(EVERYWHERE)) {
        TRY(send_everywhere(txn, owner, obligation, &reminder));
    }
    obligation->version++;
    return obligation_store_put(txn, owner, obligation);
}

static status remind_if_due(struct txn *txn, struct owner owner, obligation_row *obligation,
                            int64_t today, struct walk_counts *counts)
{
    struct reminder_plan plan;
    if (!is_to_remind((obligation_state)obligation->state) ||
        obligation->n_reminders + NOTICE_ROWS_MAX + 1 > LIMIT_REMINDERS) {
        return STATUS_OK;
    }
    TRY(campaign_reminders(txn, today, obligation->country_code, &plan));
    const rule_row *rule = rule_due(&plan, obligation, today);
    if (rule == NULL && is_over(&plan, obligation, today)) {
        int64_t returned_ms;
        TRY(obligation_returned(txn, owner, obligation, &returned_ms));
        rule = rule_anew(txn, obligation, today, returned_ms);
    }
    TRY(arena_check(txn_arena(txn)));
    counts->reminders += rule == NULL ? 0 : 1;
    return rule == NULL ? STATUS_OK : remind(txn, owner, obligation, rule);
}

/* --- another way --- */

/* Given up, or nothing was reported of it for so long that nobody counts on it. */
static status is_lost(struct txn *txn, struct owner owner, const reminder_row *reminder,
                      bool *ret_lost)
{
    struct delivery_evidence evidence;
    TRY(delivery_evidence(txn, owner, reminder->outbox_sequence, &evidence));
    bool silent = evidence.awaited && txn_now_ms(txn) - evidence.settle_ms >= LIMIT_REPORT_WAIT_MS;
    *ret_lost = evidence.grade == DELIVERY_ENDED || silent;
    return STATUS_OK;
}

/* The ways that the last reminder did not go yet, when those that it went are lost; 0 else. */
static status ways_left(struct txn *txn, struct owner owner, const obligation_row *obligation,
                        int32_t offset_days, uint32_t *ret_channels)
{
    uint32_t used = 0;
    bool lost = true;
    for (size_t i = 0; i < obligation->n_reminders && lost; i++) {
        const reminder_row *reminder = obligation->reminders[i];
        bool email = reminder->channel == CHANNEL_EMAIL; /* which leaves no evidence */
        if (reminder->offset_days != offset_days || reminder->outbox_sequence == 0 || email) {
            continue;
        }
        used |= reminder->channel == CHANNEL_SMS ? PREFER_SMS : PREFER_POST;
        TRY(is_lost(txn, owner, reminder, &lost));
    }
    *ret_channels = lost && used != 0 ? (PREFER_SMS | PREFER_POST) & ~used : 0;
    return STATUS_OK;
}

/* A reminder that is to leave evidence and left none by the ways the member wishes goes by the other that is on file. */
static status send_another_way(struct txn *txn, struct owner owner, obligation_row *obligation)
{
    const struct notice notice = {.owner = owner, .kind = NOTICE_CERTIFICATE_REMINDER};
    size_t count = obligation->n_reminders;
    uint32_t channels;
    struct notice_rows rows;
    if (count == 0 || !is_to_remind((obligation_state)obligation->state) ||
        count + NOTICE_ROWS_MAX > LIMIT_REMINDERS) {
        return STATUS_OK;
    }
    reminder_row reminder = *obligation->reminders[count - 1];
    TRY(ways_left(txn, owner, obligation, reminder.offset_days, &channels));
    if (channels == 0) {
        return STATUS_OK;
    }
    TRY(notice_send_on(txn, &notice, channels, &rows));
    if (rows.count == 0) {
        return STATUS_OK;
    }
    reminder.send_ms = txn_now_ms(txn);
    reminder.send_steady_ms = txn_steady_ms(txn);
    reminder.outcome = OUTCOME(UNSPECIFIED);
    reminder.settle_ms = reminder.settle_steady_ms = 0;
    TRY(add_sent(txn, obligation, &reminder, &rows));
    obligation->version++;
    return obligation_store_put(txn, owner, obligation);
}

/* --- a member --- */

/* One that is waited for although nothing is awaited any more. */
static status check_filed(struct txn *txn, struct owner owner,
                          const struct life_certificate_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->rows[i].state == CERTIFICATE(SUBMITTED)) {
            TRY(certificate_checked(txn, owner, list->rows[i].id));
        }
    }
    return STATUS_OK;
}

/* CAMPAIGN_NOT_OPEN too when all that is known is ahead. */
static status campaign_that_opened(struct txn *txn, int64_t today, struct campaign *ret_campaign)
{
    TRY(campaign_on(txn, today, ret_campaign));
    return campaign_takes_filings(ret_campaign, today) ? STATUS_OK : FAIL(CAMPAIGN_NOT_OPEN);
}

/* What is asked of who has to prove something. */
static status ask(struct txn *txn, struct owner owner, obligation_row *obligation, int64_t today,
                  struct walk_counts *counts)
{
    bool proposed = false;
    TRY(remind_if_due(txn, owner, obligation, today, counts));
    TRY(send_another_way(txn, owner, obligation));
    TRY(suspension_propose(txn, owner, obligation, today, &proposed));
    counts->proposed += proposed ? 1 : 0;
    return STATUS_OK;
}

static status look_again(struct txn *txn, struct owner owner, obligation_row *obligation,
                         int64_t today, struct walk_counts *counts)
{
    bool withdrawn;
    TRY(suspension_look_again(txn, owner, obligation, today, &withdrawn));
    counts->withdrawn += withdrawn ? 1 : 0;
    return STATUS_OK;
}

status campaign_walk_member(struct txn *txn, struct owner owner, int64_t today,
                            struct walk_counts *counts)
{
    struct life_certificate_list certificates;
    struct obligation_list obligations;
    struct campaign campaign;
    bool binds;
    counts->members++;
    TRY(life_certificate_store_list(txn, owner, &certificates));
    TRY(check_filed(txn, owner, &certificates));
    status on = campaign_that_opened(txn, today, &campaign);
    if (on.why ==
        REASON_CAMPAIGN_NOT_OPEN) { /* nobody can file: nobody is reminded of it, nor asked about */
        return STATUS_OK;
    }
    TRY(on);
    TRY(obligation_binds(txn, owner, today, &binds));
    TRY(binds ? obligation_record_make(txn, owner, &campaign, &certificates) : STATUS_OK);
    TRY(obligation_store_list(txn, owner, &obligations));
    for (size_t i = 0; i < obligations.count; i++) {
        obligation_row *obligation = obligations.rows[i];
        bool rests = obligation->year < campaign.year - 1; /* but for an open question */
        /* The evidence is noted whoever it is of: who comes back was reminded as much. */
        TRY(rests ? STATUS_OK : note_all(txn, owner, obligation));
        TRY(look_again(txn, owner, obligation, today, counts));
        TRY(binds && !rests ? ask(txn, owner, obligation, today, counts) : STATUS_OK);
    }
    return STATUS_OK;
}

/* --- several --- */

enum { GROUP_ARENA_BYTES = 4 * 1024 * 1024 };

struct some {
    const struct walk_group *group;
    size_t from, count;
    struct walk_counts counts;
};

static status walk_some(void *ctx, struct txn *txn)
{
    struct some *some = ctx;
    int64_t today = date_to_days(
        date_from_wall_ms(txn_now_ms(txn), some->group->utc_offset_minutes));
    for (size_t i = some->from; i < some->from + some->count; i++) {
        TRY(campaign_walk_member(txn, some->group->owners[i], today, &some->counts));
    }
    return STATUS_OK;
}

/* Counts what is committed. */
static status run_some(const struct walk_group *group, size_t from, size_t count,
                       struct walk_counts *counts)
{
    struct some some = {group, from, count, *counts};
    struct arena arena;
    arena_init(&arena, GROUP_ARENA_BYTES);
    status s = writer_run(group->writer, &arena, walk_some, &some);
    arena_fini(&arena);
    *counts = ok(s) ? some.counts : *counts;
    return s;
}

status campaign_walk_group(const struct walk_group *group, struct walk_counts *counts)
{
    status s = run_some(group, 0, group->count, counts);
    if (ok(s) || group->count <= 1) {
        return s;
    }
    s = STATUS_OK;
    for (size_t i = 0; i < group->count; i++) {
        status one = run_some(group, i, 1, counts);
        s = ok(one) ? s : one;
    }
    return s;
}
